"""Which database errors pass by themselves: a restart, a failover, two writers in each other's way."""

import asyncpg
import psycopg
from sqlalchemy.exc import DBAPIError

TRANSIENT: tuple[type[Exception], ...] = (
    OSError,  # refused, timed out, no such socket or name: while the server restarts or another takes over
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,  # a worker that was paused in mid transaction holds rows until the server ends its session
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.SerializationError,
    psycopg.OperationalError,
)


def is_transient(error: BaseException) -> bool:
    """Whether the same transaction is worth trying again."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or any(
            isinstance(cause, TRANSIENT) for cause in (error.orig, error.orig and error.orig.__cause__)
        )
    return isinstance(error, TRANSIENT)
