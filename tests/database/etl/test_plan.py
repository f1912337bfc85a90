"""What a sync would cost: requests, share of the budget, time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from etl.catalogue import Declared
from etl.plan import plan, said
from store.clock import wall_clock
from store.database import Database
from store.settings import Settings
from store.tables.operations import sync_run, sync_run_entity

pytestmark = pytest.mark.timeout(30)


async def _read(db: Database, run: str, *, requests: int, minutes: int, ago: int) -> None:
    began = wall_clock() - timedelta(minutes=ago)
    times = {"requested_at": began, "started_at": began, "finished_at": began + timedelta(minutes=minutes)}
    async with db.begin() as connection:
        await connection.execute(insert(sync_run).values(id=run, source="github", mode="full", status="ok", **times))
        await connection.execute(insert(sync_run_entity).values(run_id=run, source="github", entity="github.inventions", requests=requests))


async def test_a_plan_tells_share_and_time_at_the_pace_of_the_newest_run_that_shows_one(
    db: Database, settings: Settings, upstream: Any, declare: Callable[..., Callable[[Any], Declared]]
) -> None:
    """A hundred requests in fifty minutes are half a minute each; the single request after it says nothing of the pace."""
    declared = declare(upstream.entity())
    [unknown] = await plan(settings, db, sources=["github"], declared=declared)
    await _read(db, "paced", requests=100, minutes=50, ago=90)
    await _read(db, "quick", requests=1, minutes=0, ago=10)
    [known] = await plan(settings, db, sources=["github"], declared=declared)
    assert (unknown.minutes, known.minutes, known.budget_share, known.requests_at_most) == (None, 0.5, 0.0002, 1)
    assert said([unknown]) == "github: at most 1 request, 0.0 % of the hourly budget."
    assert said([known] * 300) == "github: at most 300 requests, 6.0 % of the hourly budget, about 150 min."
