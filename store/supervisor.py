"""Keeps the embedded PostgreSQL alive while somebody works with it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog

from store.cancelling import to_the_end
from store.embedded import EmbeddedServer
from store.errors import DatabaseUnavailable

CHECK_INTERVAL_S = 0.5
BACKOFF_S = (0.5, 1, 2, 4)
"""Waits between attempts to start a server that does not come up, for example while the disk is full."""

log = structlog.get_logger(__name__)


@contextlib.asynccontextmanager
async def supervised(server: EmbeddedServer) -> AsyncIterator[EmbeddedServer]:
    """Attach to the server, restart it whenever it dies, and stop it if we are the last to leave."""
    holder = server.attached()
    try:
        await to_the_end(asyncio.to_thread(holder.__enter__))
        watch = asyncio.create_task(_watch(server))
        try:
            yield server
        finally:
            watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watch
    finally:
        await to_the_end(asyncio.to_thread(holder.__exit__, None, None, None))


async def _watch(server: EmbeddedServer) -> None:
    failures = 0
    while True:
        await asyncio.sleep(CHECK_INTERVAL_S if not failures else BACKOFF_S[min(failures, len(BACKOFF_S)) - 1])
        if await asyncio.to_thread(server.is_listening):
            failures = 0
            continue
        try:
            if await asyncio.to_thread(server.ensure_running, 1):
                log.warning("database_restarted", folder=str(server.root))
            failures = 0
        except DatabaseUnavailable as error:
            failures += 1
            log.error("database_down", reason=str(error), attempt=failures)
