"""A sync run as a row: who runs it, whether it still may write (epoch), whether somebody asked it to stop, and its log."""

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from etl.entity import Source
from etl.patience import AWAY, patiently
from etl.progress import Totals
from store.cancelling import to_the_end
from store.database import Database
from store.documents import clean_text, document_text
from store.errors import Conflict, NotFound
from store.transient import is_full

HEARTBEAT_S = 10.0
TAKEOVER_S = 30.0
"""A run whose heartbeat is older has lost its right to write: another process may take over."""
ENDING_S = 5.0
"""How long a process that is asked to end waits for a database that is away."""
FULL = "paused: the disk of the database is full; goes on by itself as soon as there is room"
GONE = "paused: the database does not answer; goes on by itself as soon as it does"
CHANNEL = "pulse_sync"
"""NOTIFY channel of live progress; the payload is the run's progress document."""


ENDED, GOES_ON = "The process was asked to end.", "The next sync goes on where it stopped."


class Fenced(Conflict):
    """Another process has taken this run over; what this one still holds is not written."""


class Stopped(Exception):
    """Somebody asked the run to stop; it does so at the border of a page."""


class Withdrawn(Conflict):
    """Somebody cancelled the run before it began."""


class AlreadyRunning(Conflict):
    """A sync of this connection runs already."""

    def __init__(self, source: str, run: str) -> None:
        super().__init__(
            f"A sync of {source} runs already ({run}); follow it with `pulse sync status --watch` or stop it with `pulse sync cancel {run}`."
        )
        self.run = run


@dataclass
class Run:
    """The run of one connection of a source, held by this process."""

    db: Database
    id: str
    source: Source
    epoch: int
    durable: bool = False
    """Whether a worker goes on by itself when this process is made to end."""
    totals: dict[str, Totals] = field(default_factory=dict)
    message: str | None = None
    paused: bool = False
    """Whether nothing can be stored for now, as `message` says."""

    async def page_written(self, connection: AsyncConnection) -> bool:
        """Store the progress with the page; False when somebody asked to stop.

        Raises:
            Fenced: another process has the run; the transaction must not commit.
        """
        progress = self.progress()
        row = (await connection.execute(_PROGRESS, {"id": self.id, "epoch": self.epoch, "progress": progress})).one_or_none()
        if row is None:
            raise Fenced(f"Run {self.id} was taken over by another process or ended; this one stops.")
        await self._tell(connection)
        return not row.cancel_requested

    def progress(self) -> str:
        """What live views show: counts by entity."""
        names = ("fetched", "inserted", "updated", "deleted", "unchanged", "quarantined", "requests", "scopes", "scopes_done", "error")
        entities = {name: {key: getattr(totals, key) for key in names} for name, totals in self.totals.items()}
        total = {key: sum(getattr(totals, key) for totals in self.totals.values()) for key in names[:7]}
        return document_text({**total, "entities": entities, "message": self.message, "paused": self.paused})

    async def log(self, connection: AsyncConnection, level: str, message: str, **context: Any) -> None:
        """Add a line to the run's log."""
        values = {"run": self.id, "level": level, "message": clean_text(message), "context": document_text(context) if context else None}
        await connection.execute(_LOG, values)

    async def note(self, level: str, message: str, **context: Any) -> None:
        """Add a line in a transaction of its own, with what is going on; nothing once another process has the run."""

        async def write() -> None:
            async with self.db.begin() as connection:
                await self.page_written(connection)
                await self.log(connection, level, message, **context)

        with contextlib.suppress(Fenced):
            await patiently(write, limit_s=None)

    async def held_up(self, error: Exception) -> None:
        """Nothing can be stored for now: say so where a small change still can be, and go on trying."""
        self.message, self.paused = FULL if is_full(error) else GONE, True
        with contextlib.suppress(*AWAY, Fenced):
            async with self.db.begin() as connection:
                await self.page_written(connection)

    async def pause(self) -> None:
        """Leave the run where it stands, because this process is asked to end: to the next worker, or to the next sync."""
        ending = {"status": "cancelled", "error": ENDED, "remedy": GOES_ON, "failure": None}
        leave = self._put_back if self.durable else lambda: self._finish("cancelled", ending)
        with contextlib.suppress(*AWAY):  # without a database the run is taken over once it has been silent for long enough
            await to_the_end(patiently(leave, limit_s=ENDING_S))

    async def _put_back(self) -> None:
        async with self.db.begin() as connection:
            await connection.execute(_PUT_BACK, {"id": self.id, "epoch": self.epoch, "progress": self.progress()})
            await self._tell(connection, "queued")

    async def finish(self, status: str, *, error: str | None = None, remedy: str | None = None, attention: bool = False) -> None:
        """Write how the run ended, unless another process has it; `attention`: only a person can mend it."""
        ending = {"status": status, "error": error, "remedy": remedy, "failure": "attention" if attention else None}
        await patiently(lambda: to_the_end(self._finish(status, ending)), limit_s=None)

    async def _tell(self, connection: AsyncConnection, status: str | None = None) -> None:
        """Let live views know; they hear it when the transaction commits."""
        told = {"run": self.id, "source": self.source, **({"status": status} if status else {})}
        await connection.execute(_NOTIFY, {"channel": CHANNEL, "payload": json.dumps(told)})

    async def _finish(self, status: str, ending: Mapping[str, Any]) -> None:
        error = ending["error"]
        async with self.db.begin() as connection:
            values = {**ending, "id": self.id, "epoch": self.epoch, "progress": self.progress()}
            if (await connection.execute(_FINISH, values)).rowcount == 0:
                return
            for totals in self.totals.values():
                await connection.execute(_ENTITY, {**totals.as_dict(), "run": self.id})
            await self.log(connection, "error" if status == "failed" else "info", f"{self.source}: {status}", error=error)
            await self._tell(connection, status)


_PROGRESS = text(
    "update sync_run set heartbeat_at = clock_timestamp(), progress = cast(:progress as jsonb)"
    " where id = :id and epoch = :epoch and status = 'running' returning cancel_requested"
)
_NOTIFY = text("select pg_notify(:channel, :payload)")
_LOG = text(
    "insert into run_log (run_id, at, level, message, context) values (:run, clock_timestamp(), :level, :message, cast(:context as jsonb))"
)
_FINISH = text(
    "update sync_run set status = :status, finished_at = clock_timestamp(), error = :error, remedy = :remedy, failure = :failure,"
    " progress = cast(:progress as jsonb) where id = :id and epoch = :epoch and status = 'running'"
)
_PUT_BACK = text(
    "update sync_run set status = 'queued', heartbeat_at = clock_timestamp(), progress = cast(:progress as jsonb)"
    " where id = :id and epoch = :epoch and status = 'running'"
)
_ENTITY = text(
    "insert into sync_run_entity"
    " (run_id, source, entity, fetched, inserted, updated, deleted, unchanged, quarantined, requests, points, duration_s, cursor, error)"
    " values (:run, :source, :entity, :fetched, :inserted, :updated, :deleted, :unchanged, :quarantined, :requests, :points, :duration_s, :cursor, :error)"
    " on conflict (run_id, source, entity) do nothing"
)
_BREAK_OFF = text(
    "update sync_run set status = 'failed', finished_at = clock_timestamp(), error = 'The process that ran it ended.',"
    " remedy = 'The next sync goes on where it stopped.', epoch = coalesce(epoch, 0) + 1"
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


def resumed_totals(source: Source, progress: Mapping[str, Any] | None) -> dict[str, Totals]:
    """What a process before us counted for this run: counts go on from there, so that nobody sees them fall."""
    entities = (progress or {}).get("entities") or {}
    totals = {}
    for name, counts in entities.items():
        totals[name] = Totals(source, name)
        for key in ("fetched", "inserted", "updated", "deleted", "unchanged", "quarantined", "requests"):
            setattr(totals[name], key, counts.get(key) or 0)
    return totals


async def still_wanted(db: Database, run_id: str) -> bool:
    """Whether a run waits for somebody who does it, or is held by a process that may have died."""
    async with db.connect() as connection:
        return bool(await connection.scalar(_WANTED, {"id": run_id}))


_WANTED = text("select exists (select from sync_run where id = :id and status in ('queued', 'running'))")


async def settle(db: Database, run_id: str, status: str) -> None:
    """End the row that stood for runs of several connections while they waited: they have rows of their own."""
    async with db.begin() as connection:
        await connection.execute(_SETTLE, {"id": run_id, "status": status})


_SETTLE = text(
    "update sync_run set status = :status, finished_at = clock_timestamp(), heartbeat_at = clock_timestamp() where id = :id and status = 'queued'"
    " and exists (select from sync_run o where starts_with(o.id, :id || '-'))"
)


def new_run_id() -> str:
    """A fresh id of a run."""
    return f"run-{secrets.token_hex(6)}"


async def pause_ended(db: Database, run_ids: Sequence[str], *, durable: bool) -> None:
    """The same for runs that have read all, while the facts of it are not made yet."""
    ending = {"ids": list(run_ids), "status": "queued", "error": None, "remedy": None}
    if not durable:
        ending |= {"status": "cancelled", "error": ENDED, "remedy": GOES_ON}

    async def write() -> None:
        async with db.begin() as connection:
            await connection.execute(_PAUSE_ENDED, ending)

    with contextlib.suppress(*AWAY):
        await to_the_end(patiently(write, limit_s=ENDING_S))


_PAUSE_ENDED = text(
    "update sync_run r set status = :status, error = :error, remedy = :remedy, finished_at = case when :status = 'queued' then null else finished_at end,"
    " heartbeat_at = clock_timestamp() where id = any(:ids) and status in ('ok', 'partial') and not exists (select from sync_run o"
    " where o.source = r.source and o.connection = r.connection and o.status in ('queued', 'running'))"
)


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
    await transaction.execute(_BREAK_OFF, {**place, "id": run_id})


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
                    await connection.execute(_HEARTBEAT, {"id": run.id, "epoch": run.epoch})
                if lock is None or not await _answers(lock):
                    lock = await stack.enter_async_context(_lock(run.db, place))


async def _answers(session: AsyncConnection) -> bool:
    try:
        return not session.invalidated and bool(await session.scalar(text("select true")))
    except AWAY:
        return False


_HEARTBEAT = text("update sync_run set heartbeat_at = clock_timestamp() where id = :id and epoch = :epoch and status = 'running'")


async def cancel(db: Database, run_id: str) -> str:
    """Ask a run to stop at the next page, with the runs of further sources and connections that began with it; a queued one ends at once.

    Returns its status now.

    Raises:
        NotFound: there is no such run.
    """
    async with db.begin() as transaction:
        rows = (await transaction.execute(_CANCEL, {"id": run_id})).all()
    if not rows:
        raise NotFound(f"There is no run {run_id}; `pulse sync status` lists them.")
    return str(min(rows, key=lambda row: row.id).status)


_CANCEL = text(
    "update sync_run set cancel_requested = cancel_requested or status in ('queued', 'running'),"
    " finished_at = case when status = 'queued' then clock_timestamp() else finished_at end,"
    " status = case when status = 'queued' then 'cancelled' else status end"
    " where id = :id or starts_with(id, :id || '-') returning id, status"
)
