"""A stand-in that fails on purpose: the sync goes on and stores what an undisturbed one would."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from etl.demo.company.model import Company
from etl.demo.faults import Fault, FaultPlan, Misbehaving
from etl.demo.github.app import make_app
from etl.sync import sync
from store.database import Database
from store.settings import Settings
from store.tables.code import pull_request, review

pytestmark = pytest.mark.timeout(90)
Pointed = Callable[[str], Settings]
Serve = Callable[..., Any]


async def _count(db: Database, table: Any) -> int:
    async with db.connect() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


@pytest.mark.parametrize("kind", ["status", "html", "empty", "cut", "wrong_length", "invalid_json"])
async def test_a_source_that_fails_now_and_then_is_read_all_the_same(
    db: Database, small_company: Company, serve: Serve, pointed: Pointed, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A4: one answer in five is broken; the store is that of an undisturbed sync, and no broken page leaves a row."""
    monkeypatch.setattr("etl.answers.MAX_BACKOFF_S", 0.05)
    monkeypatch.setattr("etl.http.backoff_s", lambda _attempt: 0.01)
    plan = FaultPlan([Fault(kind, share=0.2, status=503)], seed=7)
    async with serve(Misbehaving(make_app(small_company), plan)) as url:
        result = await sync(pointed(url), db, sources=["github"], scopes=["docs"])
    assert (result.status, bool(plan.struck)) == ("ok", True)
    pulls = small_company.pulls["docs"]
    assert await _count(db, pull_request) == len(pulls)
    assert await _count(db, review) == sum(len(pull.reviews) for pull in pulls)
