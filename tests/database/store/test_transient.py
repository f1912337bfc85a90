"""A database that does not answer, or has no room left: told apart, put into words, waited for."""

import asyncio
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from etl.patience import patiently
from store.cancelling import to_the_end
from store.database import Database, connect
from store.embedded import EmbeddedServer
from store.errors import DatabaseUnavailable
from store.transient import is_full, is_gone, is_transient


def wrapped(error: Exception) -> DBAPIError:
    """As SQLAlchemy hands on what the driver raised."""
    adapter = Exception("of the adapter")
    adapter.__cause__ = error
    return DBAPIError("select 1", {}, adapter)


@pytest.mark.parametrize(
    ("error", "gone", "full", "transient"),
    [
        (wrapped(asyncpg.AdminShutdownError("x")), True, False, True),
        (ConnectionRefusedError(), True, False, True),
        (DatabaseUnavailable("x"), True, False, True),
        (wrapped(asyncpg.DiskFullError("x")), False, True, True),
        (wrapped(asyncpg.DeadlockDetectedError("x")), False, False, True),
        (wrapped(asyncpg.UniqueViolationError("x")), False, False, False),
        (asyncpg.ClientConfigurationError("x"), False, False, False),
        (ValueError("x"), False, False, False),
    ],
)
def test_what_passes_by_itself_is_known(error: Exception, gone: bool, full: bool, transient: bool) -> None:
    """Faults of ours are not among them."""
    assert (is_gone(error), is_full(error), is_transient(error)) == (gone, full, transient)


async def test_a_database_that_does_not_answer_is_said_in_a_sentence() -> None:
    """Whoever asks sees the reason instead of a driver's error; the reason is looked up at that moment."""
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: connect("postgresql://nobody@/none?host=/nowhere"))
    db = Database(engine, "", "app", lambda: "The disk of the database is full.")
    for block in (db.connect, db.begin):
        with pytest.raises(DatabaseUnavailable, match=r"^The disk of the database is full\.$"):
            async with block():
                pass
    await engine.dispose()


async def test_a_statement_that_finds_no_room_is_said_in_a_sentence(db: Database) -> None:
    """Our own mistakes stay what they are."""
    with pytest.raises(DatabaseUnavailable) as told:
        async with db.begin() as connection:
            await connection.execute(text("do $$ begin raise exception using errcode = '53100', message = 'no room'; end $$"))
    assert is_full(told.value)
    with pytest.raises(DBAPIError):
        async with db.connect() as connection:
            await connection.execute(text("select nothing"))


def test_the_embedded_server_knows_when_its_disk_is_full(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it is being started again."""
    server = EmbeddedServer(tmp_path)
    assert server.away() == "The database is being started again; ask again in a few seconds."
    monkeypatch.setattr("store.embedded.LEAST_FREE_BYTES", 2**62)
    assert server.away().startswith("The disk of the database is full (")


async def test_patience_ends_at_its_limit_and_tells_of_each_failure() -> None:
    """Without a limit it goes on as long as the database is away; other errors end it at once."""
    told: list[Exception] = []
    failures: list[Exception] = [DatabaseUnavailable("x"), ConnectionRefusedError()]

    async def work() -> str:
        if failures:
            raise failures.pop()
        return "done"

    async def listen(error: Exception) -> None:
        told.append(error)

    assert await patiently(work, limit_s=None, told=listen) == "done"
    assert [type(error) for error in told] == [ConnectionRefusedError, DatabaseUnavailable]
    failures += [DatabaseUnavailable("x")]
    with pytest.raises(DatabaseUnavailable):
        await patiently(work, limit_s=0.05)
    failures += [ValueError("x")]
    with pytest.raises(ValueError, match="x"):
        await patiently(work, limit_s=None)


async def test_work_that_must_not_be_cut_is_done_before_a_cancellation_goes_on() -> None:
    """The cancellation is not lost."""
    going, done = asyncio.Event(), list[str]()

    async def work() -> None:
        going.set()
        await asyncio.sleep(0.05)
        done.append("all of it")

    task = asyncio.create_task(to_the_end(work()))
    await going.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == ["all of it"]
