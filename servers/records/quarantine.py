"""Records that were set aside because they could not be understood, as REST and the command line show them."""

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.listing import Listing, minute, quoted
from servers.paging import from_cursor, to_cursor
from store.tables.raw import quarantine

PAGE_ROWS = 100
REASON_CHARS = 300


async def page(connection: AsyncConnection, *, source: str | None = None, resolved: bool = False, cursor: str | None = None) -> Listing:
    """One page, newest first; those that were understood later only with `resolved`."""
    matching: list[ColumnElement[bool]] = [] if resolved else [quarantine.c.resolved_at.is_(None)]
    if source:
        matching.append(quarantine.c.entity.startswith(f"{source}.", autoescape=True))
    position = from_cursor(cursor, int)
    before = [quarantine.c.id < position[0]] if position else []
    statement = select(quarantine).where(*matching, *before).order_by(quarantine.c.id.desc()).limit(PAGE_ROWS + 1)
    rows = (await connection.execute(statement)).mappings().all()
    shown = rows[:PAGE_ROWS]
    return Listing(
        columns=["id", "at", "entity", "record", "reason", "resolved_at"],
        rows=[
            [
                row["id"],
                minute(row["at"]),
                row["entity"],
                row["external_id"],
                quoted(row["reason"], REASON_CHARS),
                minute(row["resolved_at"]),
            ]
            for row in shown
        ],
        next_cursor=to_cursor([shown[-1]["id"]]) if len(rows) > PAGE_ROWS else None,
        total=await connection.scalar(select(func.count()).select_from(quarantine).where(*matching)),
    )


async def one(connection: AsyncConnection, number: int) -> dict[str, Any] | None:
    """One record with its payload as it came."""
    row = (await connection.execute(select(quarantine).where(quarantine.c.id == number))).mappings().one_or_none()
    return None if row is None else dict(row)
