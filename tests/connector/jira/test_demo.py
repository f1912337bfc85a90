"""The stand-in Jira of the demo company, synced for real."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from stand_in import jira_at, served

from etl.demo.company.generate import build_company
from etl.demo.jira.app import make_app
from etl.demo.server import serve_demo
from etl.prove import prove
from etl.sync import sync
from store.database import Database
from store.settings import Settings

NOW = datetime(2026, 11, 20, tzinfo=UTC)
COUNTS = """
    select (select count(*) from issue), (select count(*) from issue where has_history), (select count(*) from issue_transition),
      (select count(*) from sprint_issue where points_at_end is not null), (select count(*) from quarantine)
"""


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_the_demo_site_is_read_whole_and_cheaply(settings: Settings, db: Database) -> None:
    """At most 3.2 requests per thousand issues with complete histories; a second sync asks at most twice and changes nothing."""
    then = settings.model_copy(update={"pulse_now": NOW})
    async with serve_demo(then) as leading:
        first = await sync(leading, db, sources=["jira"])
        second = await sync(leading, db, sources=["jira"])
    assert (first.status, second.status) == ("ok", "ok"), (first.error, second.error)
    async with db.connect() as connection:
        issues, whole, moves, stays, aside = (await connection.execute(text(COUNTS))).one()
    asked = next(totals.requests for totals in first.entities if totals.entity == "jira.issues")
    assert (whole, aside) == (issues, 0)
    assert min(issues, moves, stays) > 1000
    assert asked <= 3.2 * issues / 1000
    assert sum(totals.requests for totals in second.entities) <= 2
    assert sum(totals.inserted + totals.updated for totals in second.entities) == 0


@pytest.mark.timeout(120)
async def test_a_project_that_is_not_there_hides_none_that_is(settings: Settings, db: Database) -> None:
    """A slip of the pen in JIRA_PROJECTS is told; the others are read and compared, and what is stored of the missing one stays."""
    only = ["jira.projects", "jira.issues"]
    async with served(make_app(build_company(NOW))) as url:
        right = jira_at(settings.model_copy(update={"pulse_now": NOW}), url).model_copy(update={"jira_projects": ["DAT"]})
        assert (await sync(right, db, sources=["jira"], only=only)).status == "ok"
        wrong = right.model_copy(update={"jira_projects": ["GONE", "DAT"]})
        result = await sync(wrong, db, sources=["jira"], only=only, full=True)
        [proof] = await prove(wrong, db, sources=["jira"], only=["jira.issues"])
    told = "does not know GONE or does not show it to us. Check JIRA_PROJECTS."
    assert (result.status, told in str(result.entities[-1].error), told in str(proof.error)) == ("partial", True, True)
    assert (proof.compared > 100, proof.differences) == (True, 0)
    async with db.connect() as connection:
        assert await connection.scalar(text("select count(*) from issue where deleted_at is not null")) == 0
