"""Holding a run: at most one process reads a connection of a source; who dies or falls silent loses it to the next."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from etl.entity import Source
from etl.patience import AWAY, patiently
from etl.progress import Totals
from etl.runs import GOES_ON, TAKEOVER_S, AlreadyRunning, Run, Withdrawn
from store.cancelling import to_the_end
from store.database import Database
from store.documents import document_text

HEARTBEAT_S = 5.0


def resumed_totals(source: Source, progress: Mapping[str, Any] | None) -> dict[str, Totals]:
    """What a process before us counted for this run: counts go on from there, so that nobody sees them fall."""
    entities = (progress or {}).get("entities") or {}
    totals = {}
    for name, counts in entities.items():
        totals[name] = Totals(source, name)
        for key in ("fetched", "inserted", "updated", "deleted", "unchanged", "quarantined", "requests", "pages"):
            setattr(totals[name], key, counts.get(key) or 0)
    return totals


@contextlib.asynccontextmanager
async def hold(
    db: Database,
    source: Source,
    run_id: str,
    *,
    connection: str = "",
    mode: str,
    by: str | None,
    arguments: dict[str, Any],
    durable: bool = False,
) -> AsyncIterator[Run]:
    """Hold the run of one connection of a source for the block: nobody else may write while our heartbeat lives.

    `connection` is empty for the one of the settings, else the site of a stored one. A run whose process died is ended first; its
    checkpoints stay, so this run goes on there. `durable`: whoever asked calls again with the same run when this process is made to end.

    Raises:
        AlreadyRunning: another living process syncs this connection.
        Withdrawn: somebody cancelled it while it was queued.
    """
    place = {"source": source, "connection": connection}
    async with _lock(db, place) as lock:
        asked = {**place, "id": run_id, "mode": mode, "by": by, "arguments": document_text(arguments)}
        taking = asyncio.ensure_future(_taken(db, place, asked, durable=durable, locked=lock is not None))
        try:
            run = await to_the_end(taking)
        except asyncio.CancelledError:
            if taking.done() and not taking.cancelled() and taking.exception() is None:
                await taking.result().pause()
            raise
        beat = asyncio.create_task(_beat(run, place, lock))
        try:
            yield run
        finally:
            beat.cancel()
            await asyncio.gather(beat, return_exceptions=True)


async def _taken(db: Database, place: Mapping[str, str], asked: Mapping[str, Any], *, durable: bool, locked: bool) -> Run:
    """The run, once it is ours."""
    taken = await patiently(lambda: _take(db, place, asked, locked=locked))
    if taken is None:
        raise Withdrawn(f"Run {asked['id']} was cancelled before it began.")
    return Run(db, asked["id"], asked["source"], taken.epoch, durable, resumed_totals(asked["source"], taken.progress))


async def _take(db: Database, place: Mapping[str, str], asked: Mapping[str, Any], *, locked: bool) -> Any:
    """Make the run ours; None when somebody cancelled it."""
    async with db.begin() as transaction:
        await _make_room(transaction, place, asked["id"], locked=locked)
        return (await transaction.execute(_TAKE, dict(asked))).one_or_none()


async def _make_room(transaction: AsyncConnection, place: Mapping[str, str], run_id: str, *, locked: bool) -> None:
    """End what a dead process left running and drop a queued run that this one replaces."""
    active = (await transaction.execute(_ACTIVE, place)).all()
    running = next((row for row in active if row.status == "running"), None)
    if not locked and (running is None or running.silent_s < TAKEOVER_S):
        raise AlreadyRunning(place["connection"] or place["source"], running.id if running else "just starting")
    for row in active:
        if row.status == "queued" and row.id != run_id:
            await transaction.execute(_REPLACED, {"id": row.id, "by": run_id})
    await transaction.execute(_BREAK_OFF, {**place, "id": run_id, "remedy": GOES_ON})


_REPLACED = text(
    "update sync_run set status = 'cancelled', finished_at = clock_timestamp(), error = 'Run ' || :by || ' does the same work.' where id = :id"
)


@contextlib.asynccontextmanager
async def _lock(db: Database, place: Mapping[str, str]) -> AsyncIterator[AsyncConnection | None]:
    """A session lock that dies with the process: who has it knows that no other process lives that runs this connection."""
    async with db.connect() as pooled:
        session = await pooled.execution_options(isolation_level="AUTOCOMMIT")
        locked = bool(await session.scalar(_TRY_LOCK, place))
        try:
            yield session if locked else None
        finally:
            if locked and not session.invalidated:
                with contextlib.suppress(*AWAY):
                    await session.execute(_UNLOCK, place)


_TRY_LOCK = text("select pg_try_advisory_lock(hashtext('pulse_sync'), hashtext(:source || :connection))")
_UNLOCK = text("select pg_advisory_unlock(hashtext('pulse_sync'), hashtext(:source || :connection))")


async def _beat(run: Run, place: Mapping[str, str], lock: AsyncConnection | None) -> None:
    """Show that we live, also while the source makes us wait; lock again when the database has restarted."""
    async with contextlib.AsyncExitStack() as stack:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            with contextlib.suppress(*AWAY):
                async with run.db.begin() as connection:
                    if await connection.scalar(_HEARTBEAT, {"id": run.id, "epoch": run.epoch}):
                        run.stopping.set()
                if lock is None or not await _answers(lock):
                    await stack.aclose()  # a try that failed must not keep its connection
                    lock = await stack.enter_async_context(_lock(run.db, place))


async def _answers(session: AsyncConnection) -> bool:
    try:
        return not session.invalidated and bool(await session.scalar(text("select true")))
    except AWAY:
        return False


_HEARTBEAT = text(
    "update sync_run set heartbeat_at = clock_timestamp() where id = :id and epoch = :epoch and status = 'running' returning cancel_requested"
)


_BREAK_OFF = text(
    "update sync_run set status = 'failed', finished_at = clock_timestamp(), error = 'The process that ran it ended.',"
    " remedy = :remedy, epoch = coalesce(epoch, 0) + 1"
    " where source = :source and connection = :connection and status = 'running' and id <> :id"
)
_TAKE = text(
    "insert into sync_run (id, source, connection, mode, status, requested_at, started_at, heartbeat_at, epoch, requested_by, arguments)"
    " values (:id, :source, :connection, :mode, 'running', clock_timestamp(), clock_timestamp(), clock_timestamp(), 1, :by, cast(:arguments as jsonb))"
    " on conflict (id) do update set status = 'running', connection = excluded.connection, started_at = coalesce(sync_run.started_at, clock_timestamp()),"
    " heartbeat_at = clock_timestamp(), finished_at = null, error = null, remedy = null, failure = null,"
    " epoch = coalesce(sync_run.epoch, 0) + 1 where sync_run.status <> 'cancelled' returning epoch, progress"
)
_ACTIVE = text(
    "select id, status, extract(epoch from clock_timestamp() - coalesce(heartbeat_at, requested_at)) as silent_s"
    " from sync_run where source = :source and connection = :connection and status in ('queued', 'running')"
)
