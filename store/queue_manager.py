"""The queue's way to the database: it outlasts one that restarts, and leaves jobs alone that another worker has taken over."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import structlog
from procrastinate import PsycopgConnector
from procrastinate.connector import Notify
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as QueuedJob
from procrastinate.jobs import Status as JobStatus
from procrastinate.manager import JobManager

from store.transient import is_transient

WAITS_S = (0.1, 0.2, 0.5, 1, 2)
"""Seconds between tries while the database is away; the last one again and again."""
LISTEN_AGAIN_S = 0.5

T = TypeVar("T")
log = structlog.get_logger(__name__)


class LastingConnector(PsycopgConnector):
    """Listens again after the database was away; jobs that were put in meanwhile are found by looking."""

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        """Tell of notifications until cancelled."""
        names = list(channels)
        while True:
            try:
                await super().listen_notify(on_notification, names)
            except ConnectorException as error:
                log.warning("queue_unheard", reason=str(error.__cause__ or error))
            await asyncio.sleep(LISTEN_AGAIN_S)


class OwnJobs(JobManager):
    """What a worker does with jobs: patient while the database is away, as long as nobody tells the worker to end.

    A worker that was paused or cut off while another took its job over leaves that job alone when it wakes up.
    """

    ending = False
    """Whether the worker is told to end: then nothing waits for a database that is away."""

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> QueuedJob | None:
        """The next job; none while the database is away."""
        try:
            return await super().fetch_job(queues, worker_id)
        except ConnectorException as error:
            log.warning("queue_unread", reason=str(error.__cause__ or error))
            return None

    async def update_heartbeat(self, worker_id: int) -> None:
        """Show that the worker lives, and that it is one of us again after others gave it up."""
        await self._outlast(lambda: self.connector.execute_query_async(_ALIVE, worker=worker_id))

    async def register_worker(self) -> int:
        """A new worker."""
        return await self._outlast(super().register_worker)

    async def prune_stalled_workers(self, seconds_since_heartbeat: float) -> list[int]:
        """Forget workers that are silent."""
        return await self._outlast(lambda: super(OwnJobs, self).prune_stalled_workers(seconds_since_heartbeat))

    async def defer_periodic_job(self, job: QueuedJob, periodic_id: str, defer_timestamp: int) -> int | None:
        """Put a recurring job in."""
        return await self._outlast(lambda: super(OwnJobs, self).defer_periodic_job(job, periodic_id, defer_timestamp))

    async def finish_job(self, job: QueuedJob, status: JobStatus, delete_job: bool) -> None:
        """End a job that is still ours."""
        await self._outlast(lambda: self._if_ours(job, lambda: super(OwnJobs, self).finish_job(job, status, delete_job)))

    async def retry_job(self, job: QueuedJob, *positional: Any, **named: Any) -> None:
        """Put a job back that is still ours, or of the dead worker it was found at."""
        await self._outlast(lambda: self._if_ours(job, lambda: super(OwnJobs, self).retry_job(job, *positional, **named)))

    async def _if_ours(self, job: QueuedJob, work: Callable[[], Awaitable[None]]) -> None:
        """Looked at before each try: the one before may have been written, and only its answer lost."""
        rows = await self.connector.execute_query_all_async(_HOLDER, job=job.id)
        if bool(rows) and rows[0]["worker_id"] == job.worker_id:
            await work()
        else:
            log.warning("job_lost", job=job.id, task=job.task_name)

    async def _outlast(self, work: Callable[[], Awaitable[T]]) -> T:
        tries = 0
        while True:
            try:
                return await work()
            except ConnectorException as error:
                if self.ending or error.__cause__ is None or not is_transient(error.__cause__):
                    raise
                log.warning("queue_waits", reason=str(error.__cause__))
            await asyncio.sleep(WAITS_S[min(tries, len(WAITS_S) - 1)])
            tries += 1


_HOLDER = "select worker_id from procrastinate_jobs where id = %(job)s"
_ALIVE = "insert into procrastinate_workers (id) overriding system value values (%(worker)s) on conflict (id) do update set last_heartbeat = now()"
