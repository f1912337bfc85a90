"""Tokens that lack a permission: what they withhold is told and costs the rest nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bending import Bent, withholding
from sqlalchemy import text

from etl.demo.company.model import Company
from etl.demo.github.app import make_app
from etl.sync import sync
from store.database import Database
from store.settings import Settings

pytestmark = pytest.mark.timeout(90)
Pointed = Callable[[str], Settings]
Serve = Callable[..., Any]
ONLY = ["github.repositories", "github.pull_requests", "github.issues"]
ALIVE = "select (select count(*) from pull_request where deleted_at is null), (select count(*) from issue where deleted_at is null)"


async def alive(db: Database) -> tuple[int, int]:
    """Pull requests and issues that are not taken for deleted."""
    async with db.connect() as connection:
        pulls, issues = (await connection.execute(text(ALIVE))).one()
    return pulls, issues


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(("connection", "entity"), [("pullRequests", "github.pull_requests"), ("issues", "github.issues")])
async def test_what_a_token_may_not_see_is_told_and_the_rest_is_read(
    db: Database, small_company: Company, serve: Serve, pointed: Pointed, connection: str, entity: str, whole: bool
) -> None:
    """A fine-grained token without one permission, where GitHub hides the records or all that has them; also from the second sync on."""
    async with serve(Bent(make_app(small_company), withholding(connection, whole=whole))) as url:
        found = [await sync(pointed(url), db, sources=["github"], scopes=["docs"], only=ONLY) for _ in range(2)]
    for result in found:
        assert result.status == "partial"
        [(refused, error)] = [(totals.entity, totals.error) for totals in result.entities if totals.error]
        assert refused == entity
        assert "Give the token that permission" in error
    pulls, issues = len(small_company.pulls["docs"]), len(small_company.github_issues["docs"])
    assert await alive(db) == ((0, issues) if entity == "github.pull_requests" else (pulls, 0))


async def test_a_permission_that_was_taken_away_deletes_nothing(
    db: Database, small_company: Company, serve: Serve, pointed: Pointed
) -> None:
    """A full sync with the lesser token leaves what the better one has brought."""
    async with serve(make_app(small_company)) as url:
        await sync(pointed(url), db, sources=["github"], only=ONLY)
    before = await alive(db)
    later = replace(small_company, now=small_company.now + timedelta(minutes=30))
    async with serve(Bent(make_app(later), withholding("pullRequests", whole=False))) as url:
        result = await sync(pointed(url), db, sources=["github"], only=ONLY, full=True)
    assert (result.status, await alive(db)) == ("partial", before)
