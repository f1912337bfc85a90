"""Patience with the database: it restarts, or two writers meet, and in a moment the same transaction succeeds."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncpg
from sqlalchemy.exc import DBAPIError

from store.errors import DatabaseUnavailable
from store.transient import is_transient

T = TypeVar("T")
WAITS_S = (0.1, 0.2, 0.5, 1, 2, 5)
"""Seconds between tries while the database is away; the last one again and again."""
USUAL_S = 30.0
AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, DBAPIError, DatabaseUnavailable)
"""What a database that goes away makes of a statement, among other faults; `is_transient` tells them apart."""


async def patiently(
    work: Callable[[], Awaitable[T]], *, limit_s: float | None = USUAL_S, told: Callable[[Exception], Awaitable[None]] | None = None
) -> T:
    """Do it, and again while the database is away; it must be a whole transaction.

    `limit_s`: how long it may be away, None for as long as it takes; `told` hears of each failure.
    """
    began = time.monotonic()
    for wait_s in itertools.chain(WAITS_S, itertools.repeat(WAITS_S[-1])):
        try:
            return await work()
        except AWAY as error:
            if not is_transient(error) or (limit_s is not None and time.monotonic() + wait_s > began + limit_s):
                raise
            if told is not None:
                await told(error)
            await asyncio.sleep(wait_s)
    raise AssertionError("the waits never end")
