"""What a piece of work asks of the database: its statements, one by one."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from asyncpg.connection import LoggedQuery
from sqlalchemy import event

from store.database import Database


@contextlib.asynccontextmanager
async def noted(db: Database) -> AsyncIterator[list[str]]:
    """A list that fills with every statement of the block, also those that were sent together."""
    said: list[str] = []

    def note(query: LoggedQuery) -> None:
        said.extend(part.strip() for part in query.query.split(";\n") if part.strip())

    def begin(connection: Any, *_: Any) -> None:
        connection.driver_connection.add_query_logger(note)

    def end(connection: Any, *_: Any) -> None:
        if connection is not None:  # the pool has thrown it away
            connection.driver_connection.remove_query_logger(note)

    for name, listener in (("checkout", begin), ("checkin", end)):
        event.listen(db.engine.sync_engine, name, listener)
    try:
        yield said
        await asyncio.sleep(0)  # the last ones are told a moment later
    finally:
        for name, listener in (("checkout", begin), ("checkin", end)):
            event.remove(db.engine.sync_engine, name, listener)
