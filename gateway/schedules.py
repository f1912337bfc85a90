"""Schedules of the sources as REST and the command line show and change them."""

from typing import Any

from sqlalchemy import select

from etl import schedule
from etl.connections import connections
from etl.entity import SOURCES, Source
from store.clock import wall_clock
from store.database import Database
from store.settings import Settings
from store.tables.operations import sync_run


async def listed(settings: Settings, db: Database) -> list[dict[str, Any]]:
    """When each source is read next, and why then: those that are configured, and those that were read (the demo company)."""
    found = await connections(settings, db, SOURCES)
    async with db.connect() as connection:
        seen = {*(one.source for one in found), *await connection.scalars(select(sync_run.c.source).distinct())}
        standings = await schedule.standings(connection, settings, [source for source in SOURCES if source in seen])
    moment = wall_clock()
    return [standing.as_dict(moment) for standing in standings]


async def change(
    db: Database, source: Source, *, by: str, cron: str | None = None, paused: bool | None = None, reason: str | None = None
) -> None:
    """Set a source's cron, pause or resume it; what is None stays."""
    async with db.begin() as connection:
        await schedule.change(connection, source, by=by, cron=cron, paused=paused, reason=reason)
