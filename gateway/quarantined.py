"""Records that were set aside, as the command line works with them."""

from typing import Any

from etl import quarantine as etl_quarantine
from etl.derive.refresh import refresh
from gateway.upstream import upstream
from servers.records import quarantine
from store.database import open_database
from store.errors import NotFound
from store.settings import Settings


async def listed(settings: Settings, *, resolved: bool) -> list[dict[str, Any]]:
    """All of them, newest first."""
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    async with open_database(settings, role="app") as db, db.connect() as connection:
        while True:
            page = await quarantine.page(connection, resolved=resolved, cursor=cursor)
            found += [dict(zip(page.columns, row, strict=True)) for row in page.rows]
            cursor = page.next_cursor
            if cursor is None:
                return found


async def one(settings: Settings, number: int) -> dict[str, Any]:
    """One record with its payload.

    Raises:
        NotFound: there is no such record.
    """
    async with open_database(settings, role="app") as db, db.connect() as connection:
        found = await quarantine.one(connection, number)
    if found is None:
        raise NotFound(f"No record {number} is set aside; `pulse sync quarantine` lists them.")
    return found


async def retry(settings: Settings) -> list[dict[str, Any]]:
    """Try all of them again, and refresh the facts when anything was stored."""
    async with upstream(settings) as served, open_database(served, role="etl") as db:
        done = await etl_quarantine.retry(served, db)
        if any(one.stored for one in done):
            await refresh(db, served)
        return [one.as_dict() for one in done]
