"""Hints of webhooks: a sync looks there, however fresh the last reading is."""

from typing import Any

import pytest
from fake_jira import FakeJira
from sqlalchemy import text

from etl.entity import Source
from etl.hints import Delivery, Hint, keep
from etl.jira.webhooks import hint_of
from etl.jobs.sync import run_sync
from etl.sync import sync
from store.database import Database
from store.queue import JobRun
from store.settings import Settings

pytestmark = pytest.mark.timeout(60)
SPRINT = {"id": 5, "name": "Sprint 5", "state": "active", "originBoardId": 8, "startDate": "2026-02-16T09:00:00.000Z"}


def job(settings: Settings, db: Database) -> JobRun:
    """A running job."""
    return JobRun(1, 1, settings, db)


async def hinted(db: Database, delivery: dict[str, Any], *, source: Source = "jira") -> None:
    """A delivery that the front door has taken."""
    async with db.begin() as connection:
        await keep(connection, Delivery(source, str(delivery), "sprint_closed", hint_of(delivery)))


async def rows(db: Database, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    async with db.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def test_a_sprint_that_closed_is_read_at_once(site: FakeJira, cloud: Settings, db: Database) -> None:
    """Sprints count as fresh for ten minutes; the hint makes the next sync look, once."""
    site.sprints[5] = dict(SPRINT)
    site.add_issue(1, customfield_1=[{**SPRINT, "boardId": 8}])
    await sync(cloud, db, sources=["jira"])
    site.sprints[5].update(state="closed", completeDate="2026-03-02T10:00:00.000Z")
    site.issues["10001"]["fields"]["customfield_1"] = [{**site.sprints[5], "boardId": 8}]
    await run_sync(job(cloud, db), source="jira")
    assert await rows(db, "select state from sprint") == [("active",)]
    await hinted(db, {"webhookEvent": "sprint_closed", "sprint": {"id": 5}})
    await run_sync(job(cloud, db), source="jira")
    assert await rows(db, "select state from sprint") == [("closed",)]
    assert await rows(db, "select outcome from webhook_delivery") == [("followed",)]


async def test_a_hint_about_an_unknown_place_costs_nothing(site: FakeJira, cloud: Settings, db: Database) -> None:
    """A repository that is not read is looked for in vain."""
    site.add_issue(1)
    await sync(cloud, db, sources=["jira"])
    before = len(site.exchanges)
    hint = Hint("changed", "github.pull_requests", "elsewhere/unknown")
    await sync(cloud, db, sources=["jira"], hints=[hint])
    assert len(site.exchanges) - before <= 2


async def test_a_source_that_fails_keeps_its_hints(site: FakeJira, cloud: Settings, db: Database, misbehave: Any) -> None:
    """They wait for the next sync."""
    await hinted(db, {"webhookEvent": "sprint_closed", "sprint": {"id": 5}})
    misbehave("", status=401, answer={}, times=1000)
    await run_sync(job(cloud, db), source="jira")
    assert await rows(db, "select outcome from webhook_delivery") == [("waiting",)]
