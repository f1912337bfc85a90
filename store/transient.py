"""Which database errors pass by themselves: a restart, a failover, a full disk, two writers in each other's way."""

from typing import Any

import asyncpg
import psycopg
from sqlalchemy.exc import DBAPIError

from store.errors import DatabaseUnavailable

GONE: tuple[type[Exception], ...] = (
    OSError,  # refused, timed out, no such socket or name: while the server restarts or another takes over
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    psycopg.OperationalError,
    DatabaseUnavailable,
)
"""Nobody answers."""
FULL: tuple[type[Exception], ...] = (asyncpg.DiskFullError, psycopg.errors.DiskFull)
"""Nothing can be written until somebody makes room."""
TRANSIENT: tuple[type[Exception], ...] = (
    *GONE,
    *FULL,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,  # a worker that was paused in mid transaction holds rows until the server ends its session
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.SerializationError,
)

POOL_PATIENCE: dict[str, Any] = {"timeout": 5.0, "reconnect_timeout": 1.0}
"""Seconds for which somebody waits for a connection of psycopg's pool, and for which the pool tries by itself while the database is away:
after that whoever comes next makes it try at once."""


def is_transient(error: BaseException) -> bool:
    """Whether the same transaction is worth trying again."""
    return _is(error, TRANSIENT)


def is_gone(error: BaseException) -> bool:
    """Whether the database did not answer at all."""
    return _is(error, GONE)


def is_full(error: BaseException) -> bool:
    """Whether the database has no room left to write."""
    reason = error.__cause__ if isinstance(error, DatabaseUnavailable) and error.__cause__ else error
    return any(isinstance(cause, FULL) for cause in _causes(reason))


def is_unspeakable(error: BaseException) -> bool:
    """Whether a value does not reach the database at all: NUL, half of a surrogate pair, a number beyond 64 bits."""
    # The driver raises the class itself for what it cannot send; what the server finds wrong (a division by zero) has a class of its own.
    return any(isinstance(cause, asyncpg.CharacterNotInRepertoireError) or type(cause) is asyncpg.DataError for cause in _causes(error))


def _is(error: BaseException, kinds: tuple[type[Exception], ...]) -> bool:
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    # A connection string that asyncpg cannot read is an error of its interface too, as a lost connection is; no patience mends it.
    return lost or any(isinstance(cause, kinds) and not isinstance(cause, ValueError) for cause in _causes(error))


def _causes(error: BaseException) -> tuple[BaseException | None, ...]:
    """The error, or what SQLAlchemy has wrapped: its adapter's error and the driver's behind that."""
    return (error.orig, error.orig and error.orig.__cause__) if isinstance(error, DBAPIError) else (error,)
