"""H9: half of the webhooks never arrive; whatever they would have told of, the next poll brings."""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from bars import Bar
from sqlalchemy import text
from stand_in import ALL_TABLES, an_hour_later, both_at, both_sources, served

from etl.demo.company.model import Company
from etl.derive.refresh import refresh
from etl.github.webhooks import hint_of as hint_of_github
from etl.hints import Delivery, Hint, keep
from etl.jira.webhooks import hint_of as hint_of_jira
from etl.jobs.sync import run_sync
from etl.replay import store_digest
from etl.sync import sync
from store.database import Database
from store.queue import JobRun
from store.settings import Settings
from tests.chaos.conftest import NOW, Fresh, Measure

pytestmark = pytest.mark.timeout(300)
LOST = Bar("H9", "deliveries that were lost", 50, "deliveries", "higher")
UNREPAIRED = Bar("H9", "tables, facts too, that differ after the next poll from those of a full sync", 0, "tables")
WAITING = Bar("H9", "deliveries that arrived and were not followed", 0, "deliveries")
SEEDS, ALL_SEEDS = 2, 10
ARRIVES = 0.5
TABLES = [name for name in ALL_TABLES if name != "issue_link"]
"""A link quotes the title of the issue at its other end; Jira does not call it a change of this one when that is renamed."""


def _deliveries(company: Company) -> Iterator[tuple[str, str, Hint]]:
    """Source, payload and hint of what the sources send about the changes of an hour."""
    for name, pulls in company.pulls.items():
        for pull in (one for one in pulls if one.title == "Another title"):
            repository = {"full_name": f"acme-shop/{name}"}
            payload: dict[str, Any] = {"action": "edited", "pull_request": {"id": pull.id, "number": pull.number}, "repository": repository}
            yield "github", json.dumps(payload), hint_of_github("pull_request", payload)
    for issues in company.issues.values():
        for issue in (one for one in issues if one.summary == "Another title"):
            payload = {"webhookEvent": "jira:issue_updated", "issue": {"id": str(issue.id), "key": issue.key}}
            yield "jira", json.dumps(payload), hint_of_jira(payload)


async def _arrive(db: Database, sent: list[tuple[Any, str, Hint]]) -> None:
    async with db.begin() as connection:
        for source, payload, hint in sent:
            await keep(connection, Delivery(source, payload, "changed", hint))


async def test_a_poll_brings_what_lost_webhooks_would_have_told(
    fresh: Fresh, small_company: Company, settings: Settings, measured: Measure, full: bool
) -> None:
    """A store of its own for every seed: a first sync, an hour of changes, half of the deliveries, one more sync."""
    lost, unrepaired, waiting = 0, set[str](), 0
    later_company = an_hour_later(small_company)
    settings = settings.model_copy(update={"pulse_now": NOW})
    async with served(both_sources(small_company)) as url, served(both_sources(later_company)) as later:
        async with fresh() as db:
            await sync(both_at(settings, later), db, derive=refresh)
            expected = await store_digest(db, TABLES)
        for seed in range(ALL_SEEDS if full else SEEDS):
            dice = random.Random(seed)
            async with fresh() as db:
                await sync(both_at(settings, url), db, derive=refresh)
                sent = list(_deliveries(later_company))
                arrived = [one for one in sent if dice.random() < ARRIVES]
                lost += len(sent) - len(arrived)
                await _arrive(db, arrived)
                await run_sync(JobRun(0, 1, both_at(settings, later), db))
                digest = await store_digest(db, TABLES)
                async with db.connect() as connection:
                    waiting += int(await connection.scalar(text("select count(*) from webhook_delivery where outcome = 'waiting'")) or 0)
            unrepaired |= {name for name in TABLES if digest[name] != expected[name]}
    measured(LOST, lost)
    measured(UNREPAIRED, len(unrepaired), " ".join(sorted(unrepaired)))
    measured(WAITING, waiting)
