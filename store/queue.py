"""Durable jobs on the same PostgreSQL: declared as data, run by any number of workers, continued after a kill.

A job is a `Job` beside its function (one file per job); gateway collects them and hands them to `open_queue`.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from procrastinate import App, JobContext
from procrastinate.jobs import DeleteJobCondition
from procrastinate.jobs import Job as QueuedJob
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from store import dsn as dsns
from store.database import Database
from store.errors import Conflict, TryLater, UpstreamError
from store.queue_manager import LastingConnector, OwnJobs
from store.settings import Settings
from store.transient import POOL_PATIENCE, TRANSIENT

HEARTBEAT_S = 5
STALLED_AFTER_S = 20
GRACE_S = 1
MAX_ATTEMPTS = 20
LONGEST_WAIT_S = 300
TRY_LATER_S = 5
WORKER_PAUSE_S = 1
TRIES = 5
"""One that waits may begin while we look; then ours is queued."""
RESCUE_CRON = "* * * * * */10"  # the sixth field is seconds
RESCUE_QUEUE = "house"

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class JobRun:
    """What a running job is given besides its arguments."""

    id: int
    attempt: int
    settings: Settings
    db: Database


@dataclass(frozen=True)
class Job:
    """One kind of background work."""

    name: str
    run: Callable[..., Awaitable[Any]]
    """`async def run(run: JobRun, **arguments)`; arguments are JSON values."""
    queue: str = "default"
    schedule: str | None = None
    """Cron expression; the job is then called without arguments."""


@dataclass(frozen=True)
class Queue:
    """The open queue, for those who work it off; jobs come in by `put_with` and `put_once`."""

    app: App
    manager: OwnJobs
    settings: Settings
    db: Database

    async def work(
        self, *, queues: Iterable[str] | None = None, concurrency: int = 4, drain: bool = False, grace_s: float = GRACE_S
    ) -> None:
        """Work (on these queues, else on all) until cancelled, then give running jobs `grace_s` to end; with `drain` until nothing is left."""
        chosen: dict[str, Any] = {} if queues is None else {"queues": queues}
        worker = asyncio.create_task(self._work(drain, shutdown_graceful_timeout=grace_s, concurrency=concurrency, **chosen))
        self.manager.ending = False
        try:
            await asyncio.shield(worker)
        except asyncio.CancelledError:
            self.manager.ending = True
            worker.cancel()
            await asyncio.wait({worker})
            raise

    async def _work(self, drain: bool, **options: Any) -> None:
        """One worker after the other: each ends by itself when something below it fails."""
        while True:
            try:
                await self.app.run_worker_async(
                    wait=not drain,
                    update_heartbeat_interval=HEARTBEAT_S,
                    stalled_worker_timeout=STALLED_AFTER_S,
                    delete_jobs=DeleteJobCondition.SUCCESSFUL,  # recurring jobs would fill the table within weeks
                    install_signal_handlers=False,
                    additional_context={"settings": self.settings, "db": self.db},
                    **options,
                )
            except Exception:
                if drain:
                    raise
                log.exception("worker_failed")
            if drain:
                return
            await asyncio.sleep(WORKER_PAUSE_S)


async def put_with(connection: AsyncConnection, job: Job, *, lock: str | None = None, once: str | None = None, **arguments: Any) -> int:
    """Enqueue in the caller's transaction: the job exists exactly when the caller's rows do."""
    await connection.execute(text("set local search_path to jobs, public"))
    made = await connection.scalar(
        text(
            "select (jobs.procrastinate_defer_jobs_v1(array[row(:queue, :task, 0, :lock, :once, cast(:arguments as jsonb), null)"
            "::jobs.procrastinate_job_to_defer_v1]))[1]"
        ),
        {"queue": job.queue, "task": job.name, "lock": lock, "once": once, "arguments": json.dumps(arguments)},
    )
    await connection.execute(text("set local search_path to public"))
    return int(made)


async def put_once(connection: AsyncConnection, job: Job) -> int:
    """Enqueue a job that one run does for all who ask, unless one waits already; returns the one that waits."""
    for _ in range(TRIES):
        try:
            async with connection.begin_nested():
                return await put_with(connection, job, lock=job.name, once=job.name)
        except IntegrityError:
            waits = text("select id from jobs.procrastinate_jobs where queueing_lock = :once and status = 'todo'")
            if found := await connection.scalar(waits, {"once": job.name}):
                return int(found)
    raise Conflict(f"{job.name} is begun faster than it can be asked for; ask again.")


@contextlib.asynccontextmanager
async def open_queue(settings: Settings, db: Database, jobs: Iterable[Job] = (), *, pool_size: int = 6) -> AsyncIterator[Queue]:
    """The queue on this database, knowing these jobs; `db` is in a role that may use it (etl, app or owner)."""
    connector = LastingConnector(conninfo=dsns.for_libpq(db.dsn, search_path="jobs"), min_size=1, max_size=pool_size, **POOL_PATIENCE)
    app = App(connector=connector)
    app.job_manager = manager = OwnJobs(connector)
    for job in jobs:
        _register(app, job)
    _register_rescue(app)
    async with app.open_async():
        yield Queue(app, manager, settings, db)


def _register(app: App, job: Job) -> None:
    async def run(context: JobContext, /, timestamp: int | None = None, **arguments: Any) -> Any:
        del timestamp  # what a schedule adds
        return await job.run(_job_run(context), **arguments)

    task = app.task(name=job.name, queue=job.queue, retry=_Again(), pass_context=True)(run)
    if job.schedule is not None:
        app.periodic(cron=job.schedule, lock=job.name, queueing_lock=job.name)(task)  # one at a time, and none piles up behind it


class _Again(BaseRetryStrategy):
    """When a job that did not end well is tried again."""

    def get_retry_decision(self, *, exception: BaseException, job: QueuedJob) -> RetryDecision | None:
        """At once after a shutdown, which is no failure of the job; with growing waits after failures that pass, and not for ever."""
        if isinstance(exception, asyncio.CancelledError):
            return RetryDecision(retry_in={"seconds": 0})
        if isinstance(exception, TryLater):
            return RetryDecision(retry_in={"seconds": TRY_LATER_S})
        if job.attempts >= MAX_ATTEMPTS or not isinstance(exception, (*TRANSIENT, UpstreamError)):
            return None
        return RetryDecision(retry_in={"seconds": min(2 ** (job.attempts + 1), LONGEST_WAIT_S)})


def _job_run(context: JobContext) -> JobRun:
    return JobRun(
        id=context.job.id or 0,
        attempt=context.job.attempts + 1,
        settings=context.additional_context["settings"],
        db=context.additional_context["db"],
    )


def _register_rescue(app: App) -> None:
    """Put jobs of killed workers back, so that another one continues them."""

    async def rescue(timestamp: int) -> None:
        del timestamp
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S):
            log.warning("job_rescued", job=job.id, task=job.task_name)
            await app.job_manager.retry_job(job)

    app.periodic(cron=RESCUE_CRON)(app.task(name="rescue_stalled_jobs", queue=RESCUE_QUEUE, queueing_lock="rescue")(rescue))
