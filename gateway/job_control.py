"""Jobs as the command line controls them: each call opens the database for itself."""

from typing import Any

from etl.connections import connections
from etl.enqueue import request_sync
from etl.entity import Source
from gateway import schedules
from gateway.syncing import Wanted
from servers.records import runs as records
from store.database import open_database
from store.errors import ConfigurationError
from store.settings import Settings

BY = "command line"


async def enqueue(settings: Settings, wanted: Wanted) -> list[dict[str, Any]]:
    """Queue a sync of each configured source for a worker; returns the runs.

    Raises:
        ConfigurationError: none of the sources is configured: the demo company lives only as long as a process serves it.
    """
    async with open_database(settings, role="etl") as db:
        configured = list(dict.fromkeys(one.source for one in await connections(settings, db, wanted.sources)))
        if not configured:
            raise ConfigurationError("No source is configured; `pulse up` serves the demo company and syncs it by itself.")
        asked = [
            await request_sync(db, source, full=wanted.full, since=wanted.since, reconcile=wanted.reconcile, scopes=wanted.scopes, by=BY)
            for source in configured
        ]
        async with db.connect() as connection:
            return [run for one in asked for run in await records.runs(connection, run=one.run)]


async def listed(settings: Settings) -> list[dict[str, Any]]:
    """When each configured source is read next."""
    async with open_database(settings, role="app") as db:
        return await schedules.listed(settings, db)


async def change(
    settings: Settings, sources: list[Source], *, cron: str | None = None, paused: bool | None = None, reason: str | None = None
) -> list[dict[str, Any]]:
    """Set the cron of sources, pause or resume them; returns how all stand then."""
    async with open_database(settings, role="app") as db:
        for source in sources:
            await schedules.change(db, source, by=BY, cron=cron, paused=paused, reason=reason)
        return await schedules.listed(settings, db)
