"""A8: in the middle of a sync a token is revoked, a permission taken away, a thing deleted or moved elsewhere."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from bars import Bar
from sqlalchemy import text
from stand_in import both_at, both_sources, served

from etl.demo.company.model import Company
from etl.demo.faults import Fault, FaultPlan, Misbehaving
from etl.demo.manners import Mannered
from etl.sync import sync
from store.database import Database
from store.settings import Settings
from tests.chaos.conftest import Fresh, Measure

pytestmark = pytest.mark.timeout(600)
REQUESTS = Bar("A8", "requests to a stream after its first refusal, the refused one included", 2, "requests")
OTHERS = Bar("A8", "other streams that did not finish because one was refused", 0, "streams")
SILENT = Bar("A8", "refusals that no run tells with what to do", 0, "refusals")
DELETED = Bar("A8", "rows taken for deleted because of a refusal", 0, "rows")
STREAMS = {
    "github": ("github.workflow_runs", "GET /github/repos/acme-shop/docs/actions/runs"),
    "jira": ("jira.issues", "POST /jira/rest/api/3/search/jql"),
}
REFUSALS: Sequence[tuple[int, dict[str, str]]] = [
    (401, {}),
    (403, {}),
    (403, {"x-github-sso": "required; url=https://example.test/sso"}),
    (404, {}),
    (410, {}),
    (451, {}),
    (301, {"location": "http://elsewhere.example/"}),
]
ALIVE = text(
    "select (select count(*) from issue where deleted_at is null) + (select count(*) from workflow_run)"
    " + (select count(*) from pull_request where deleted_at is null)"
)


async def _alive(db: Database) -> int:
    async with db.connect() as connection:
        return int(await connection.scalar(ALIVE) or 0)


async def _refused(
    db: Database, settings: Settings, company: Company, source: Any, refusal: tuple[int, dict[str, str]]
) -> tuple[int, int, int, int]:
    """Requests after the refusal, unfinished others, untold refusals, rows lost."""
    entity, where = STREAMS[source]
    status, headers = refusal
    plan = FaultPlan([Fault("status", where=where, status=status, headers=headers, body=b'{"message": "no"}')])
    counted = Mannered(Misbehaving(both_sources(company), plan), lambda: company.now)
    before = await _alive(db)
    async with served(counted) as url:
        result = await sync(both_at(settings, url), db, sources=[source], full=True)
    others = [totals for totals in result.entities if totals.entity != entity and totals.error and status != 401]
    async with db.connect() as connection:
        told = await connection.scalar(
            text("select coalesce(error, '') || coalesce(remedy, '') from sync_run where id = :run"), {"run": result.run}
        )
    return counted.requests[where], len(others), int(not told), before - await _alive(db)


@pytest.fixture
async def read(fresh: Fresh, small_company: Company, settings: Settings) -> AsyncIterator[Database]:
    """A store that was read while all was well."""
    async with fresh() as db:
        async with served(both_sources(small_company)) as url:
            await sync(both_at(settings, url), db)
        yield db


async def test_a_refusal_ends_one_stream_and_nothing_else(
    read: Database, small_company: Company, settings: Settings, measured: Measure
) -> None:
    """Seven refusals in both sources; nothing is tried for ever, nothing is deleted, and the run says what to do."""
    found = [await _refused(read, settings, small_company, source, refusal) for source in STREAMS for refusal in REFUSALS]
    measured(REQUESTS, max(one[0] for one in found), f"({len(found)} refusals)")
    measured(OTHERS, sum(one[1] for one in found))
    measured(SILENT, sum(one[2] for one in found))
    measured(DELETED, max(one[3] for one in found))
