"""The job queue: durable, one at a time per lock, continued after a kill."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import psycopg
import pytest
from databases import run
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from sqlalchemy import text

from store.database import Database
from store.errors import DatabaseUnavailable, UpstreamError
from store.queue import Job, JobRun, Queue, open_queue, put_once, put_with
from store.settings import Settings

pytestmark = pytest.mark.timeout(30)


class Worked:
    """Jobs that write down what they did."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.entered = asyncio.Event()

    async def note(self, run: JobRun, *, text: str) -> None:
        """Note a text."""
        self.done.append(f"{text} try {run.attempt}")

    async def fail_once(self, run: JobRun) -> None:
        """Fail in the first attempt."""
        self.done.append(f"try {run.attempt}")
        if run.attempt == 1:
            raise UpstreamError("GitHub is away")

    async def hang(self, run: JobRun) -> None:
        """Wait for ever in the first attempt."""
        self.done.append(f"hang try {run.attempt}")
        self.entered.set()
        if run.attempt == 1:
            await asyncio.Event().wait()

    def jobs(self) -> list[Job]:
        """These jobs."""
        return [Job("note", self.note), Job("fail_once", self.fail_once), Job("hang", self.hang)]


@pytest.fixture
def worked() -> Worked:
    """What the jobs of this test did."""
    return Worked()


@pytest.fixture
async def queue(settings: Settings, db: Database, worked: Worked) -> AsyncIterator[Queue]:
    """An open queue that knows the jobs of these tests."""
    async with open_queue(settings, db, worked.jobs()) as opened:
        yield opened


async def put(db: Database, job: Job, **arguments: str) -> int:
    """Queue a job in a transaction of its own."""
    async with db.begin() as connection:
        return await put_with(connection, job, **arguments)


async def status(db: Database, job: int) -> str:
    """What the queue says of a job."""
    async with db.connect() as connection:
        raw = await db.raw(connection)
        return str(await raw.fetchval("select status from jobs.procrastinate_jobs where id = $1", job))


async def until(condition: Callable[[], bool]) -> None:
    """Give the other tasks their turn until something has happened."""
    while not condition():
        await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def working(queue: Queue) -> AsyncIterator[asyncio.Task[None]]:
    """A worker that is shut down at the end of the block."""
    task = asyncio.create_task(queue.work(grace_s=0.1))
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_queued_job_runs_once_with_its_arguments(queue: Queue, worked: Worked, db: Database) -> None:
    """Draining works off what is queued and ends."""
    await put(db, worked.jobs()[0], text="hello")
    await queue.work(drain=True)
    assert worked.done == ["hello try 1"]


async def test_a_job_queued_in_a_transaction_that_fails_does_not_exist(queue: Queue, db: Database, worked: Worked) -> None:
    """A run row and its job appear together or not at all."""
    with contextlib.suppress(ZeroDivisionError):
        async with db.begin() as connection:
            await put_with(connection, worked.jobs()[0], text="never")
            raise ZeroDivisionError
    async with db.begin() as connection:
        await put_with(connection, worked.jobs()[0], text="kept")
    await queue.work(drain=True)
    assert worked.done == ["kept try 1"]


async def test_a_job_that_waits_is_not_queued_again(queue: Queue, db: Database, worked: Worked) -> None:
    """Two clicks queue one job; once that has begun, the next click queues another."""
    fail, asked = worked.jobs()[1], list[int]()
    for _ in range(2):
        async with db.begin() as connection:
            asked.append(await put_once(connection, fail))
    assert asked[0] == asked[1]
    worker = await queue.manager.register_worker()
    assert await queue.manager.fetch_job(None, worker) is not None
    async with db.begin() as connection:
        assert await put_once(connection, fail) != asked[0]


async def test_an_upstream_failure_is_tried_again(queue: Queue, worked: Worked, db: Database) -> None:
    """A failure of the source is retried with a wait; other errors end the job as failed."""
    await put(db, worked.jobs()[1])
    async with working(queue):
        await until(lambda: len(worked.done) == 2)
    assert worked.done == ["try 1", "try 2"]


async def test_a_job_cut_by_a_shutdown_goes_on_with_the_next_worker(queue: Queue, worked: Worked, db: Database) -> None:
    """Restarting the service loses no job."""
    job = await put(db, worked.jobs()[2])
    async with working(queue):
        await worked.entered.wait()
    assert await status(db, job) == "todo"
    async with db.connect() as connection:
        due = text("select scheduled_at <= clock_timestamp() from jobs.procrastinate_jobs where id = :id")
        assert await connection.scalar(due, {"id": job}), "a restart of the service is no failure that needs a wait"
    async with working(queue):
        await until(lambda: len(worked.done) == 2)
    assert worked.done == ["hang try 1", "hang try 2"]


async def test_a_worker_outlasts_a_database_that_is_away(queue: Queue, worked: Worked, db: Database, server_url: str) -> None:
    """Its connections are ended and new ones refused for a while; then it goes on as if nothing had been."""
    async with db.connect() as connection:
        name = await connection.scalar(text("select current_database()"))
    async with working(queue) as worker:
        await put(db, worked.jobs()[0], text="before")
        await until(lambda: len(worked.done) == 1)
        ending = f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}' and usename = current_user"
        await run(server_url, f"alter database {name} with allow_connections false", ending)
        await asyncio.sleep(1)
        assert not worker.done()
        await run(server_url, f"alter database {name} with allow_connections true")
        async with asyncio.timeout(20):
            while len(worked.done) == 1:
                with contextlib.suppress(DatabaseUnavailable):
                    await put(db, worked.jobs()[0], text="after")
                    break
                await asyncio.sleep(0.1)
            await until(lambda: len(worked.done) == 2)
    assert worked.done == ["before try 1", "after try 1"]


async def test_a_worker_that_was_given_up_is_one_of_the_workers_again(queue: Queue, worked: Worked, db: Database) -> None:
    """After a long sleep others have forgotten it; its next heartbeat makes it able to take jobs."""
    worker = await queue.manager.register_worker()
    async with db.begin() as connection:
        await connection.execute(text("delete from jobs.procrastinate_workers"))
    await put(db, worked.jobs()[0], text="a")
    assert await queue.manager.fetch_job(None, worker) is None
    await queue.manager.update_heartbeat(worker)
    assert await queue.manager.fetch_job(None, worker) is not None


async def test_an_ending_whose_answer_was_lost_is_not_written_twice(
    queue: Queue, worked: Worked, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the network is back, the worker finds the job ended and leaves it at that."""
    await put(db, worked.jobs()[0], text="a")
    job = await queue.manager.fetch_job(None, await queue.manager.register_worker())
    assert job is not None
    plain, unheard = queue.manager.connector.execute_query_async, [psycopg.OperationalError("the network fell silent")]

    async def execute(query: str, **arguments: Any) -> None:
        await plain(query, **arguments)
        if unheard:
            raise ConnectorException from unheard.pop()

    monkeypatch.setattr(queue.manager.connector, "execute_query_async", execute)
    await queue.manager.finish_job(job, Status.SUCCEEDED, delete_job=True)
    assert (unheard, await status(db, int(job.id or 0))) == ([], "None")
