"""Asking for a sync: one run per source at a time, whoever asks and however often."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from etl.entity import Source
from etl.jobs.sync import SYNC
from etl.patience import patiently
from etl.reading import Reading
from etl.runs import TAKEOVER_S, new_run_id
from store.database import Database
from store.documents import document_text
from store.queue import put_with

ASKING_S = 2.0
"""How long whoever asks waits for a database that is away."""
TRIES = 5
"""A run that ends while we look is gone when we ask for its id; then we try to queue ours again."""


@dataclass(frozen=True)
class Requested:
    """The run that does it: a new one, or the one that is active already."""

    run: str
    fresh: bool


async def request_sync(
    db: Database,
    source: Source,
    *,
    full: bool = False,
    since: datetime | None = None,
    reconcile: bool = False,
    scopes: Sequence[str] = (),
    by: str,
) -> Requested:
    """Queue a sync of a source for any worker, unless one is queued or running: then its run is returned."""
    for _ in range(TRIES):
        asked = await patiently(lambda: _try(db, source, Reading(full, since, reconcile), list(scopes), by), limit_s=ASKING_S)
        if asked is not None:
            return asked
    raise RuntimeError(f"runs of {source} come and go faster than they can be asked for")


async def _try(db: Database, source: Source, reading: Reading, scopes: list[str], by: str) -> Requested | None:
    run = new_run_id()
    wanted: dict[str, Any] = {**reading.as_arguments(), "scopes": scopes or None}
    row = {"id": run, "source": source, "mode": reading.mode, "by": by, "arguments": document_text(wanted)}
    async with db.begin() as connection:
        await connection.execute(_ABANDONED, {"source": source, "after_s": TAKEOVER_S})
        if await connection.scalar(_QUEUE, row) is None:
            active = await connection.scalar(_ACTIVE, {"source": source})
            return Requested(active, fresh=False) if active else None
        await put_with(connection, SYNC, lock=f"sync {source}", source=source, run_id=run, requested_by=by, **wanted)
    return Requested(run, fresh=True)


_HAS_JOB = (
    "exists (select from jobs.procrastinate_jobs j where j.status in ('todo', 'doing') and j.task_name = 'sync'"
    " and (j.args ->> 'run_id' = r.id or starts_with(r.id, (j.args ->> 'run_id') || '-')))"
)
# A run is abandoned when nobody writes for it any more and no job will take it up again.
_ABANDONED = text(
    "update sync_run r set status = 'failed', finished_at = clock_timestamp(), epoch = coalesce(epoch, 0) + 1,"
    " error = 'The process that ran it ended.', remedy = 'The next sync goes on where it stopped.'"
    " where source = :source and status in ('queued', 'running')"
    " and coalesce(heartbeat_at, requested_at) < clock_timestamp() - make_interval(secs => :after_s)"
    f" and not {_HAS_JOB}"
)
_QUEUE = text(
    "insert into sync_run (id, source, mode, status, requested_at, requested_by, arguments)"
    " select :id, :source, :mode, 'queued', clock_timestamp(), :by, cast(:arguments as jsonb)"
    " where not exists (select from sync_run where source = :source and status in ('queued', 'running'))"
    " on conflict (source, connection) where status in ('queued', 'running') do nothing returning id"
)


async def active_run(db: Database, source: Source) -> str | None:
    """The run of a source that is queued or running."""
    async with db.connect() as connection:
        found: str | None = await connection.scalar(_ACTIVE, {"source": source})
        return found


_ACTIVE = text("select id from sync_run where source = :source and status in ('queued', 'running') order by requested_at limit 1")


async def left_to_workers(db: Database, sources: Sequence[Source]) -> set[Source]:
    """The sources that a worker will go on with: their run is queued or running, and has its job still."""
    async with db.connect() as connection:
        return set(await connection.scalars(_LEFT, {"sources": list(sources)}))


_LEFT = text(f"select distinct source from sync_run r where source = any(:sources) and status in ('queued', 'running') and {_HAS_JOB}")
