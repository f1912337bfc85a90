"""Syncs that people and tools ask for: put into the queue for a worker, or done by this process."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from etl import runs as run_rows
from etl.enqueue import active_run, request_sync
from etl.entity import Source
from etl.jobs.sync import SYNC
from etl.reading import WHAT_CHANGED, Reading
from gateway import schedules
from gateway.upstream import upstream
from store.database import Database, open_database
from store.queue import JobRun
from store.settings import Settings

BEGIN_S = 0.05
"""Between looks whether a sync has begun: from then on everybody else finds it."""


@dataclass(frozen=True)
class _Controls:
    """What is the same whoever does the work."""

    db: Database
    """In a role that may queue jobs: etl, app or owner."""

    async def cancel(self, run: str) -> None:
        """Ask a run to stop at the border of a page."""
        await run_rows.cancel(self.db, run)

    async def pause(self, source: Source, *, paused: bool, by: str = "tool", reason: str | None = None) -> None:
        """Hold back scheduled syncs of a source, or let them run again."""
        await schedules.change(self.db, source, by=by, paused=paused, reason=reason)


@dataclass(frozen=True)
class QueuedSyncs(_Controls):
    """Any worker of the installation does the sync."""

    async def start(self, source: Source, reading: Reading = WHAT_CHANGED, *, scopes: Sequence[str] = (), by: str = "tool") -> str:
        """Queue a sync and return its run id; while one is active, that one's."""
        return (await request_sync(self.db, source, **vars(reading), scopes=scopes, by=by)).run


@dataclass(frozen=True)
class OwnSyncs(_Controls):
    """This process does the sync in the background: for servers that a host starts, with no worker around."""

    settings: Settings
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def start(self, source: Source, reading: Reading = WHAT_CHANGED, *, scopes: Sequence[str] = (), by: str = "tool") -> str:
        """Begin a sync in the background and return its run id; while one is active, that one's."""
        async with self.turn:
            if active := await active_run(self.db, source):
                return active
            run = run_rows.new_run_id()
            arguments = {"source": source, "run_id": run, **reading.as_arguments(), "scopes": list(scopes) or None, "requested_by": by}
            task = asyncio.create_task(self._sync(arguments))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
            while not (active := await active_run(self.db, source)) and not task.done():
                await asyncio.wait({task}, timeout=BEGIN_S)
            return active or run

    async def _sync(self, arguments: dict[str, Any]) -> None:
        async with upstream(self.settings) as served, open_database(served, role="etl") as db:
            await SYNC.run(JobRun(0, 1, served, db), **arguments)

    async def aclose(self) -> None:
        """Stop what still runs; the next sync goes on there."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
