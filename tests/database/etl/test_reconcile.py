"""A reconcile: everything is compared by ids and times of change, and only what differs is read, in a run like any other."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from etl import schedule
from etl.catalogue import Declared
from etl.enqueue import request_sync
from etl.entity import Entity, Page, Raw, Scope
from etl.plan import plan
from etl.runs import cancel
from etl.sync import sync
from store.clock import wall_clock
from store.config import Backfill, PulseConfig
from store.database import Database
from store.settings import Settings

Upstream = Any
Declare = Callable[..., Callable[[Any], Declared]]


class Listed:
    """The invented source, which also lists ids and times of change, and gives records by them."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream
        self.asked: list[list[int]] = []

    async def keys(self, _client: Any, _scope: Scope) -> AsyncIterator[Page]:
        """All of them on one page."""
        found = [{"id": raw["id"], "updated": raw["updated"]} for raw in self.upstream.records.values()]
        yield Page(found, None, server_time=self.upstream.clock.isoformat())

    async def chosen(self, _client: Any, _scope: Scope, found: Sequence[Raw]) -> AsyncIterator[Page]:
        """Those that are asked for."""
        self.asked.append([raw["id"] for raw in found])
        yield Page([self.upstream.records[raw["id"]] for raw in found], None, server_time=self.upstream.clock.isoformat())

    def entity(self, **more: Any) -> Entity[Any]:
        """Its only entity."""
        own = {"keys": self.keys, "chosen": self.chosen, "version": lambda raw: raw["updated"]}
        made: Entity[Any] = self.upstream.entity(**own | more)
        return made


@pytest.fixture
def listed(upstream: Upstream) -> Listed:
    """An invented source with ten records; the third has not changed for longest."""
    upstream.records[2]["updated"] = "2026-03-01T00:00:10+00:00"
    return Listed(upstream)


async def tags(db: Database) -> list[str]:
    """What is stored."""
    async with db.connect() as connection:
        return list((await connection.scalars(text("select tag from release order by tag"))).all())


async def run_of(db: Database, run: str) -> Any:
    """The row of a run."""
    async with db.connect() as connection:
        return (await connection.execute(text("select mode, status, arguments from sync_run where id = :run"), {"run": run})).one()


def changed_behind(upstream: Upstream) -> None:
    """One is deleted, and one has changed at a time that a sync of changes no longer looks at."""
    del upstream.records[4]
    upstream.records[2] = {**upstream.records[2], "tag": "late", "updated": "2026-03-01T00:00:30+00:00"}


async def test_a_reconcile_reads_only_what_differs(db: Database, settings: Settings, listed: Listed, declare: Declare) -> None:
    """A sync of changes sees neither a deletion nor a change that came late; the log tells what differed."""
    declared = declare(listed.entity())
    await sync(settings, db, sources=["github"], declared=declared)
    changed_behind(listed.upstream)
    await sync(settings, db, sources=["github"], declared=declared)
    assert ("late" in await tags(db), "v4" in await tags(db)) == (False, True)
    result = await sync(settings, db, sources=["github"], reconcile=True, declared=declared)
    assert (result.status, result.entities[0].updated, result.entities[0].deleted, listed.asked) == ("ok", 1, 1, [[2]])
    assert await tags(db) == sorted(["late", *(f"v{number}" for number in range(10) if number not in (2, 4))])
    [planned] = await plan(settings, db, sources=["github"], reconcile=True, declared=declared)
    assert ((await run_of(db, result.run)).mode, planned.mode, planned.requests_at_most) == ("reconcile", "compare", 2)
    async with db.connect() as connection:
        said = (await connection.scalars(text("select message from run_log where run_id = :run"), {"run": result.run})).all()
    assert "github.inventions: 1 different, 1 ghosts; mending" in said


@pytest.mark.parametrize("by_ids", [True, False])
async def test_what_the_window_leaves_out_stays_out(
    db: Database, settings: Settings, listed: Listed, declare: Declare, by_ids: bool
) -> None:
    """With `backfill` older records are neither missing nor brought, and a deletion inside of the window is found all the same."""
    settings = settings.with_config(PulseConfig(backfill=Backfill(github_days=30)))
    upstream = listed.upstream
    for number in range(5):
        upstream.records[number]["updated"] = "2020-01-01T00:00:00+00:00"
    upstream.clock = wall_clock()
    for number in range(5, 10):
        upstream.put(number)
    declared = declare(listed.entity() if by_ids else upstream.entity(dated=lambda raw: raw["updated"]))
    await sync(settings, db, sources=["github"], declared=declared)
    del upstream.records[7]
    result = await sync(settings, db, sources=["github"], reconcile=True, declared=declared)
    assert (result.entities[0].inserted, result.entities[0].deleted, await tags(db)) == (0, 1, ["v5", "v6", "v8", "v9"])
    async with db.connect() as connection:
        begins = await connection.scalar(text("select covered_from_at from checkpoint"))
    assert (wall_clock() - begins).days == 30


async def test_a_queued_reconcile_is_cancelled_like_any_run(
    db: Database, settings: Settings, listed: Listed, declare: Declare, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it compares: nothing is marked, and the run says that it was stopped."""
    monkeypatch.setattr("etl.holding.HEARTBEAT_S", 0.05)
    declared = declare(listed.entity())
    await sync(settings, db, sources=["github"], declared=declared)
    changed_behind(listed.upstream)
    asked = await request_sync(db, "github", reconcile=True, by="test")
    assert tuple(await run_of(db, asked.run))[:2] == ("reconcile", "queued")

    async def waits(*_: Any) -> AsyncIterator[Page]:
        await cancel(db, asked.run)
        await asyncio.Event().wait()
        yield Page([], None)

    result = await sync(settings, db, sources=["github"], reconcile=True, run_id=asked.run, declared=declare(listed.entity(keys=waits)))
    assert (result.status, (await run_of(db, asked.run)).status, len(await tags(db))) == ("cancelled", "cancelled", 10)


async def test_a_reconcile_that_was_paused_goes_on_at_the_next_worker(
    db: Database, settings: Settings, listed: Listed, declare: Declare
) -> None:
    """Its process is told to end while it mends; the next one compares again and mends the rest in the same run."""
    declared = declare(listed.entity())
    await sync(settings, db, sources=["github"], declared=declared)
    changed_behind(listed.upstream)
    asked = await request_sync(db, "github", reconcile=True, by="test")
    mending = asyncio.Event()

    async def waits(*_: Any) -> AsyncIterator[Page]:
        mending.set()
        await asyncio.Event().wait()
        yield Page([], None)

    given: dict[str, Any] = {"sources": ["github"], "reconcile": True, "run_id": asked.run, "durable": True}
    first = asyncio.create_task(sync(settings, db, **given, declared=declare(listed.entity(chosen=waits))))
    await mending.wait()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert (await run_of(db, asked.run)).status == "queued"
    result = await sync(settings, db, **given, declared=declared)
    assert (result.status, "late" in await tags(db), "v4" in await tags(db)) == ("ok", True, False)


async def test_the_schedule_reckons_with_what_the_last_reconcile_cost(
    db: Database, settings: Settings, listed: Listed, declare: Declare
) -> None:
    """Before the first one with what reading everything did; also where `backfill` leaves out older history."""
    settings = settings.with_config(PulseConfig(backfill=Backfill(github_days=30_000)))
    declared = declare(listed.entity())
    await sync(settings, db, sources=["github"], declared=declared)
    async with db.begin() as connection:
        await connection.execute(text("update sync_run_entity set requests = 40"))
        [before] = await schedule.standings(connection, settings, ["github"])
    result = await sync(settings, db, sources=["github"], reconcile=True, declared=declared)
    async with db.begin() as connection:
        await connection.execute(text("update sync_run_entity set requests = 7 where run_id = :run"), {"run": result.run})
        [after] = await schedule.standings(connection, settings, ["github"])
    assert (before.reconcile_requests, after.reconcile_requests, before.reconcile) == (40, 7, "0 3 * * *")
    assert before.last_compared_at is not None
    assert after.last_compared_at == after.last_at > before.last_compared_at
    hour = (wall_clock().hour + 12) % 24  # a quarter of an hour before three, both would be due at three
    elsewhen = replace(after, reconcile=f"0 {hour} * * *")
    later = schedule.next_start(elsewhen, wall_clock() + timedelta(days=2))
    assert later is not None
    assert later.mode == "incremental"
