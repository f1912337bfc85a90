"""The nightly reconcile of GitHub: all is compared by ids and times of change, what differs is mended, and few requests are sent."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from etl.demo.company.model import Company
from etl.demo.github.app import make_app
from etl.progress import SyncResult
from etl.sync import sync
from store.database import Database
from store.settings import Settings

pytestmark = pytest.mark.timeout(120)
GONE = "select entity, count(*) from raw_record where deleted_at is not null group by entity order by entity"
FORGET = (
    "update raw_record set payload_hash = 'old', version = '2020-01-01T00:00:00+00:00'"
    " where entity = 'github.pull_requests' and external_id = :id"
)


def requests(result: SyncResult) -> int:
    """What a run has asked of GitHub."""
    return sum(row.requests for row in result.entities)


def points(result: SyncResult) -> int:
    """What GitHub has charged for it."""
    return sum(row.points for row in result.entities)


async def miss_a_change(db: Database, pull: int) -> None:
    """The store holds an older version of a pull request, and nothing tells a sync of changes."""
    async with db.begin() as connection:
        await connection.execute(text(FORGET), {"id": str(pull)})
        await connection.execute(text("update pull_request set title = 'Before' where id = :id"), {"id": f"github:pr:{pull}"})


async def test_a_reconcile_asks_little_and_finds_what_a_sync_of_changes_cannot(
    db: Database, small_company: Company, serve: Callable[..., Any], pointed: Callable[[str], Settings]
) -> None:
    """Two repositories unchanged: 14 requests instead of 27, 14 points instead of 33. Then some are deleted, and a change was missed."""
    pull = small_company.pulls["data-pipeline"][7]
    async with serve(make_app(small_company)) as url:
        full = await sync(pointed(url), db, sources=["github"])
        quiet = await sync(pointed(url), db, sources=["github"], reconcile=True)
    issues = {name: found[1:] for name, found in small_company.github_issues.items()}
    deployments = {name: found[:-3] for name, found in small_company.deployments.items()}
    await miss_a_change(db, pull.id)
    async with serve(make_app(replace(small_company, github_issues=issues, deployments=deployments))) as url:
        await sync(pointed(url), db, sources=["github"])
        async with db.connect() as connection:
            unseen = (await connection.execute(text(GONE))).all()
        await sync(pointed(url), db, sources=["github"], reconcile=True)
    async with db.connect() as connection:
        gone = {row.entity: row.count for row in await connection.execute(text(GONE))}
        title = await connection.scalar(text("select title from pull_request where id = :id"), {"id": f"github:pr:{pull.id}"})
        differences = await connection.scalar(text("select sum(missing + different + ghosts + moved) from proof"))
    assert (points(quiet) * 2 < points(full), requests(quiet) <= 15, requests(full) >= 25) == (True, True, True)
    assert (unseen, gone) == ([], {"github.deployments": 3, "github.issues": 1})
    assert (title, differences) == (pull.title, 0)
