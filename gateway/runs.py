"""Sync runs as the command line looks at them."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from etl import runs as run_rows
from servers.listing import Listing
from servers.metrics.health import health
from servers.records import run_log
from servers.records import runs as records
from store.clock import wall_clock
from store.database import open_database
from store.errors import NotFound
from store.settings import Settings


@contextlib.asynccontextmanager
async def watching(settings: Settings, run: str | None = None) -> AsyncIterator[Callable[[], Awaitable[list[dict[str, Any]]]]]:
    """A function that returns the newest runs (or the one named), for as long as the block lasts."""
    async with open_database(settings, role="app") as db:

        async def look() -> list[dict[str, Any]]:
            async with db.connect() as connection:
                return await records.runs(connection, run=run)

        yield look


async def runs(settings: Settings, run: str | None = None) -> list[dict[str, Any]]:
    """The newest runs first, or the one named.

    Raises:
        NotFound: there is no such run.
    """
    async with watching(settings, run) as look:
        found = await look()
    if run and not found:
        raise NotFound(f"There is no run {run}; `pulse sync status` lists them.")
    return found


async def cancel(settings: Settings, run: str) -> str:
    """Ask a run to stop; returns its status now."""
    async with open_database(settings, role="etl") as db:
        return await run_rows.cancel(db, run)


async def log_page(settings: Settings, wanted: run_log.Wanted, *, rows: int) -> Listing:
    """The newest lines that match, at most so many, in the order they were written."""
    async with _reading(settings, wanted) as connection:
        page = await run_log.page(connection, wanted, newest_first=True, rows=rows)
    page.rows.reverse()
    return page


async def export_log(settings: Settings, wanted: run_log.Wanted, form: Literal["csv", "jsonl"], write: Callable[[str], Any]) -> None:
    """Hand all lines that match to `write`, piece by piece."""
    async with _reading(settings, wanted) as connection:
        async for piece in run_log.export(connection, wanted, form):
            write(piece)


async def delete_log(settings: Settings, older_than_days: int, level: run_log.Level | None) -> int:
    """Delete lines by age; returns how many."""
    async with open_database(settings, role="app") as db, db.begin() as connection:
        return await run_log.delete_before(connection, wall_clock() - timedelta(days=older_than_days), level=level)


@contextlib.asynccontextmanager
async def _reading(settings: Settings, wanted: run_log.Wanted) -> AsyncIterator[AsyncConnection]:
    """The open database.

    Raises:
        NotFound: a run is wanted that does not exist.
    """
    async with open_database(settings, role="app") as db, db.connect() as connection:
        await records.must_be_known(connection, wanted.run)
        yield connection


async def data_health(settings: Settings) -> dict[str, Any]:
    """How far the stored data can be trusted."""
    async with open_database(settings, role="app") as db:
        return await health(db, settings)
