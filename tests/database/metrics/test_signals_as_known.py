"""Signals as known on a past day: what only records learnt later show was not there then."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from deriving import Row, deployed, pull, repository
from sqlalchemy import insert, update

from etl.derive.refresh import refresh
from servers.metrics.anomalies import Look, find_anomalies
from servers.metrics.catalogue import CATALOGUE
from servers.metrics.engine import measure
from servers.metrics.question import Question
from servers.metrics.receipts import keep
from servers.metrics.reproduce import reproduce
from servers.metrics.watch import watch
from servers.wording import result_text
from store.database import Database
from store.settings import Settings
from store.tables.code import pull_request
from store.tables.code import repository as repositories
from store.tables.delivery import deployment
from store.tables.raw import checkpoint

FIRST, SECOND = datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 3, 7, tzinfo=UTC)
BURST = datetime(2026, 2, 12, tzinfo=UTC)


def shipped(number: int, when: datetime) -> Row:
    """A deployment of a sha of its own."""
    return deployed(f"d{number}", f"s{number}", when.isoformat()[:16])


@pytest.fixture
async def late_burst(db: Database, settings: Settings) -> Database:
    """One deployment a week was known on 5 March; two days later four more of the week of 9 February came to light."""
    settings.pulse_now = FIRST
    entities = ("github.pull_requests", "github.deployments")
    mark = {"site": "github", "scope": "all", "covered_from_at": datetime(2025, 1, 1, tzinfo=UTC), "complete_to_at": FIRST}
    async with db.begin() as connection:
        await connection.execute(insert(checkpoint), [mark | {"entity": entity, "updated_at": FIRST} for entity in entities])
        await connection.execute(insert(repositories), [repository()])
        await connection.execute(insert(pull_request), [pull(1, "02-01 10:00", "02-02 10:00")])
        weeks = [shipped(week, FIRST - timedelta(days=1, weeks=week)) for week in range(27)]
        await connection.execute(insert(deployment), weeks)
    await refresh(db, settings)
    settings.pulse_now = SECOND
    async with db.begin() as connection:
        await connection.execute(update(checkpoint).values(complete_to_at=SECOND))
        await connection.execute(insert(deployment), [shipped(100 + hour, BURST + timedelta(hours=2 * hour)) for hour in range(4)])
    await refresh(db, settings)
    return db


async def test_a_signal_of_records_learnt_later_is_absent_as_of_before(late_burst: Database, settings: Settings) -> None:
    """Five deployments instead of one are a signal now; on 5 March every week looked like the others, and the answer names that day."""
    then, now = [await measure(late_burst, settings, Question("anomaly_xmr", as_of=day)) for day in (FIRST, None)]
    assert (then.value, then.as_of, then.window.to) == (0, FIRST, "2026-03-02")
    assert now.value == 1
    assert [signal["bucket"] for signal in (now.model_extra or {})["items"]] == ["2026-02-09"]
    assert "2026-03-05" in result_text(then.document())


async def test_charts_and_the_watch_of_teams_look_back_as_well(late_burst: Database, settings: Settings) -> None:
    """The same series as known on both days."""
    found = [await find_anomalies(late_burst, settings, Look(as_of=day), "deployment_frequency") for day in (FIRST, SECOND)]
    assert [[signal["bucket"] for signal in chart["signals"]] for (chart,) in found] == [[], ["2026-02-09"]]
    watched = await watch(late_burst, settings, metric="deployment_frequency", as_of=FIRST)
    assert watched["as_of"] == found[0][0]["as_of"]


@pytest.mark.parametrize("day", [FIRST, None])
async def test_receipts_of_signals_are_computed_again_to_the_same(late_burst: Database, settings: Settings, day: Any) -> None:
    """The count of signals, and a control chart with its limits."""
    (chart,) = await find_anomalies(late_burst, settings, Look(as_of=day), "deployment_frequency")
    counted = (await measure(late_burst, settings, Question("anomaly_xmr", as_of=day))).document()
    for result in (chart, counted):
        evidence = await keep(late_burst, settings, tool="metrics.find_anomalies", arguments={}, result=result)
        assert (await reproduce(late_burst, settings, evidence))["differs"] == []


async def test_every_computed_metric_can_look_back(late_burst: Database, settings: Settings) -> None:
    """Their statements over the facts of a past day are valid, and the answer says which day it is about."""
    async with late_burst.begin() as connection:
        issues = {"site": "jira", "entity": "jira.issues", "scope": "all", "covered_from_at": datetime(2025, 1, 1, tzinfo=UTC)}
        await connection.execute(insert(checkpoint), [issues | {"complete_to_at": SECOND, "updated_at": SECOND}])
    for metric in (metric for metric in CATALOGUE.values() if not metric.aggregated):
        assert (await measure(late_burst, settings, Question(metric.id, as_of=FIRST))).as_of == FIRST
