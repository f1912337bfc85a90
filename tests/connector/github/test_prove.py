"""Proof that the store equals GitHub."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from etl.demo.company.model import Company
from etl.demo.github.app import make_app
from etl.plan import plan
from etl.prove import prove
from etl.repair import repair
from etl.sync import sync
from store.database import Database
from store.errors import NotFound
from store.settings import Settings

pytestmark = pytest.mark.timeout(90)
BY_KEYS = ["github.pull_requests", "github.issues"]


async def test_gaps_and_deletions_are_found_by_ids_and_mended(
    db: Database, small_company: Company, serve: Callable[..., Any], pointed: Callable[[str], Settings]
) -> None:
    """A pull request that was never stored, an issue that is gone: two questions for ids find both, a repair leaves neither."""
    issues = {name: found[1:] for name, found in small_company.github_issues.items()}
    lost = small_company.pulls["docs"][0]
    async with serve(make_app(small_company)) as url:
        await sync(pointed(url), db, sources=["github"], scopes=["docs"])
        [pulls, _] = sorted(await prove(pointed(url), db, scopes=["docs"], only=BY_KEYS), key=lambda one: -one.compared)
    async with db.begin() as connection:
        await connection.execute(
            text("delete from raw_record where entity = 'github.pull_requests' and external_id = :id"), {"id": str(lost.id)}
        )
    async with serve(make_app(replace(small_company, github_issues=issues))) as url:
        before = {proof.entity: proof for proof in await prove(pointed(url), db, scopes=["docs"], only=BY_KEYS)}
        after = await repair(pointed(url), db, scopes=["docs"], only=BY_KEYS)
    gone = [str(one.id) for one in small_company.github_issues["docs"][:1]]
    assert (pulls.equal, pulls.by, pulls.requests <= 3) == (True, "keys", True)
    assert (before[BY_KEYS[0]].missing, before[BY_KEYS[1]].ghosts) == ([str(lost.id)], gone)
    assert [(proof.equal, proof.mended) for proof in after] == [(True, len(gone) if proof.entity == BY_KEYS[1] else 1) for proof in after]


async def test_a_name_that_is_nobodys_is_told_instead_of_being_equal(
    db: Database, small_company: Company, serve: Callable[..., Any], pointed: Callable[[str], Settings]
) -> None:
    """A mistyped repository would be read, planned and compared without a fault, because there is nothing of it."""
    async with serve(make_app(small_company)) as url:
        told = await sync(pointed(url), db, sources=["github"], scopes=["docs", "doks"])
        with pytest.raises(NotFound, match="is called doks;"):
            await prove(pointed(url), db, sources=["github"], scopes=["acme-shop/docs", "doks"])
        with pytest.raises(NotFound, match="is called doks;"):
            await plan(pointed(url), db, sources=["github"], scopes=["doks"])
        read = await sync(pointed(url), db, sources=["github"], scopes=["Docs"])
    assert (told.status, str(told.error).partition(";")[0]) == ("failed", "No repository or project is called doks")
    assert read.status == "ok"
