"""Patience with the database: it restarts, or two writers meet, and in a moment the same transaction succeeds."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg
from sqlalchemy.exc import DBAPIError

from store.transient import is_transient

T = TypeVar("T")
WAITS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 10)
"""Seconds between tries while the database is away."""
AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, DBAPIError)
"""What a database that goes away makes of a statement, among other faults; `is_transient` tells them apart."""


async def patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Do it, and again while the database is away; it must be a whole transaction."""
    for wait_s in WAITS_S:
        try:
            return await work()
        except AWAY as error:
            if not is_transient(error):
                raise
            await asyncio.sleep(wait_s)
    return await work()
