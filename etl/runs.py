"""A sync run as a row: who runs it, whether it still may write (epoch), whether somebody asked it to stop, and its log."""

import asyncio
import contextlib
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from etl.entity import Source
from etl.http import Budget
from etl.pace import Pace
from etl.patience import AWAY, patiently
from etl.progress import Totals
from store.cancelling import to_the_end
from store.database import Database
from store.documents import clean_text, document_text
from store.errors import Conflict, NotFound
from store.transient import is_full

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
    budget: Callable[[], Budget | None] = lambda: None
    """What is left of the source's budget."""
    pace: Pace = field(default_factory=Pace)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Somebody asked the run to stop; heard here also while the source makes us wait."""

    async def page_written(self, connection: AsyncConnection) -> bool:
        """Store the progress with the page; False when somebody asked to stop.

        Raises:
            Fenced: another process has the run; the transaction must not commit.
        """
        progress = self.progress()
        values = {"id": self.id, "epoch": self.epoch, "progress": progress, "channel": CHANNEL, "payload": self._told()}
        row = (await connection.execute(_PROGRESS, values)).one_or_none()
        if row is None:
            raise Fenced(f"Run {self.id} was taken over by another process or ended; this one stops.")
        return not row.cancel_requested

    def progress(self) -> str:
        """What live views show: counts by entity, the pace, and what is left of the source's budget."""
        counted = ("fetched", "inserted", "updated", "deleted", "unchanged", "quarantined", "requests", "pages")
        names = (*counted, "scopes", "scopes_done", "error")
        entities = {name: {key: getattr(totals, key) for key in names} for name, totals in self.totals.items()}
        total = {key: sum(getattr(totals, key) for totals in self.totals.values()) for key in counted}
        budget = found._asdict() if (found := self.budget()) else None
        told = {**total, **self.pace.told(self.totals.values()), "budget": budget, "entities": entities}
        return document_text({**told, "message": self.message, "paused": self.paused})

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

    async def unless_stopped(self, work: Awaitable[None]) -> None:
        """Do it as long as nobody asks the run to stop.

        Raises:
            Stopped: somebody did; the page at hand is left out.
        """
        doing, asked = asyncio.ensure_future(work), asyncio.ensure_future(self.stopping.wait())
        try:
            await asyncio.wait({doing, asked}, return_when=asyncio.FIRST_COMPLETED)
            if not doing.done():
                raise Stopped
            await doing
        finally:
            for task in (doing, asked):
                task.cancel()
            await asyncio.gather(doing, asked, return_exceptions=True)

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

    async def _tell(self, connection: AsyncConnection, status: str) -> None:
        """Let live views know; they hear it when the transaction commits."""
        await connection.execute(_NOTIFY, {"channel": CHANNEL, "payload": self._told(status)})

    def _told(self, status: str | None = None) -> str:
        return json.dumps({"run": self.id, "source": self.source, **({"status": status} if status else {})})

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
    " where id = :id and epoch = :epoch and status = 'running' returning cancel_requested, pg_notify(:channel, :payload)"
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


WORD = "run"
"""All ids of runs begin with it; by itself it names none."""


def new_run_id() -> str:
    """A fresh id of a run."""
    return f"{WORD}-{secrets.token_hex(6)}"


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


async def cancel(db: Database, run_id: str) -> str:
    """Ask a run to stop at the next page, with the runs of further sources and connections that began with it.

    One that is queued, or whose process has fallen silent, ends at once.

    Returns its status now.

    Raises:
        NotFound: there is no such run.
    """
    async with db.begin() as transaction:
        rows = (await transaction.execute(_CANCEL, {"id": run_id, "word": WORD, "silent_s": TAKEOVER_S})).all()
    if not rows:
        raise NotFound(f"There is no run {run_id}; `pulse sync status` lists them.")
    return str(min(rows, key=lambda row: row.id).status)


_CANCEL = text(
    "with asked as (select id, status = 'queued' or (status = 'running' and"
    " coalesce(heartbeat_at, started_at) < clock_timestamp() - make_interval(secs => :silent_s)) as idle"
    " from sync_run where id = :id or (starts_with(id, :id || '-') and :id <> :word) for update)"
    " update sync_run r set cancel_requested = cancel_requested or status in ('queued', 'running'),"
    " finished_at = case when idle then clock_timestamp() else finished_at end,"
    " epoch = case when idle then coalesce(epoch, 0) + 1 else epoch end,"
    " status = case when idle then 'cancelled' else status end"
    " from asked where r.id = asked.id returning r.id, status"
)


async def give_up(db: Database, run_id: str, error: str, remedy: str) -> None:
    """End a run that no process here can do, and that only a person can mend."""
    async with db.begin() as connection:
        await connection.execute(_GIVE_UP, {"id": run_id, "error": error, "remedy": remedy})


_GIVE_UP = text(
    "update sync_run set status = 'failed', finished_at = clock_timestamp(), heartbeat_at = clock_timestamp(), epoch = coalesce(epoch, 0) + 1,"
    " error = :error, remedy = :remedy, failure = 'attention'"
    " where (id = :id or starts_with(id, :id || '-')) and status in ('queued', 'running')"
)
