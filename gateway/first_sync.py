"""What `pulse up` reads when it starts, and whether there is data to ask about yet."""

from collections.abc import Iterable
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from etl.connections import connections
from etl.enqueue import left_to_workers
from etl.entity import SOURCES, Source
from store.database import Database
from store.settings import Settings
from store.tables.operations import derivation, schedule, sync_run

State = Literal["pending", "running", "done", "failed"]
STORED = ("ok", "partial")
ACTIVE = ("queued", "running")


async def due_at_start(settings: Settings, db: Database) -> list[Source]:
    """What is configured, but for what somebody has paused and what a worker goes on with under the run that was asked for."""
    configured = {one.source for one in await connections(settings, db, SOURCES)}
    left = await left_to_workers(db, SOURCES)
    async with db.connect() as connection:
        paused = set(await connection.scalars(select(schedule.c.source).where(schedule.c.paused)))
    return [source for source in SOURCES if source in configured - left - paused]


async def first_sync(connection: AsyncConnection) -> State:
    """How far the first sync of every source is; `pending` before any was asked for."""
    rows = await connection.execute(select(sync_run.c.source, sync_run.c.status).order_by(sync_run.c.requested_at))
    found = state((source, status) for source, status in rows)
    return "running" if found == "done" and not await connection.scalar(select(derivation.c.refreshed_at).limit(1)) else found


def state(runs: Iterable[tuple[str, str]]) -> State:
    """The state that follows from (source, status) of all runs, oldest first."""
    by_source: dict[str, list[str]] = {}
    for source, status in runs:
        by_source.setdefault(source, []).append(status)
    missing = [statuses for statuses in by_source.values() if not any(status in STORED for status in statuses)]
    if not by_source:
        return "pending"
    if not missing:
        return "done"
    return "running" if any(statuses[-1] in ACTIVE for statuses in missing) else "failed"
