"""The stand-in Jira of the demo company, synced for real."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from etl.demo.server import serve_demo
from etl.sync import sync
from store.database import Database
from store.settings import Settings

COUNTS = """
    select (select count(*) from issue), (select count(*) from issue where has_history), (select count(*) from issue_transition),
      (select count(*) from sprint_issue where points_at_end is not null), (select count(*) from quarantine)
"""


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_the_demo_site_is_read_whole_and_cheaply(settings: Settings, db: Database) -> None:
    """At most 3.2 requests per thousand issues with complete histories; a second sync asks at most twice and changes nothing."""
    then = settings.model_copy(update={"pulse_now": datetime(2026, 11, 20, tzinfo=UTC)})
    async with serve_demo(then) as served:
        first = await sync(served, db, sources=["jira"])
        second = await sync(served, db, sources=["jira"])
    assert (first.status, second.status) == ("ok", "ok"), (first.error, second.error)
    async with db.connect() as connection:
        issues, whole, moves, stays, aside = (await connection.execute(text(COUNTS))).one()
    asked = next(totals.requests for totals in first.entities if totals.entity == "jira.issues")
    assert (whole, aside) == (issues, 0)
    assert min(issues, moves, stays) > 1000
    assert asked <= 3.2 * issues / 1000
    assert sum(totals.requests for totals in second.entities) <= 2
    assert sum(totals.inserted + totals.updated for totals in second.entities) == 0
