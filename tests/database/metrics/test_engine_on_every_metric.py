"""Every declared metric compiles to SQL that PostgreSQL accepts, however it is asked."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from servers.metrics.catalogue import CATALOGUE
from servers.metrics.engine import measure
from servers.metrics.question import Question
from store.database import Database
from store.settings import Settings
from store.tables.raw import checkpoint

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def covered(db: Database) -> None:
    """Mark GitHub and Jira as read since 2025."""
    entities = ("github.pull_requests", "github.deployments", "jira.issues")
    common = {"scope": "all", "complete_to_at": NOW, "covered_from_at": datetime(2025, 1, 1, tzinfo=UTC), "updated_at": NOW}
    async with db.begin() as connection:
        await connection.execute(insert(checkpoint), [{"site": name.split(".")[0], "entity": name} | common for name in entities])


@pytest.mark.timeout(240)
async def test_every_metric_answers_in_every_cut(db: Database, settings: Settings) -> None:
    """Each grain, dimension, filter and comparison of each metric is valid SQL, and an empty store never reads as a number for a ratio."""
    await covered(db)
    settings.pulse_now = NOW
    for metric in CATALOGUE.values():
        clock = "business" if metric.clock else None
        questions = [Question(metric.id, "last_quarter", grain=grain, compare="previous", clock=clock) for grain in metric.grains]
        questions += [Question(metric.id, "last_90_days", group_by=[name], compare="year_ago") for name in metric.dimensions]
        questions += [Question(metric.id)]
        if metric.aggregated:
            questions += [Question(metric.id, "last_90_days", grain="month", group_by=metric.dimensions[:2])]
        questions += [
            Question(metric.id, "qtd", filters={name: ["(unmapped)"]}, group_by=metric.dimensions[-1:]) for name in metric.dimensions
        ]
        for question in questions:
            found = await measure(db, settings, question)
            assert found.status in ("ok", "not_configured", "not_enough_data", "no_denominator"), (question, found.status, found.message)
            assert found.value in (None, 0), question
