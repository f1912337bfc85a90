"""What every tool needs: settings and an open database, handed in by whoever starts the servers."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from fastmcp import Context, FastMCP
from fastmcp.dependencies import CurrentContext, Depends

from etl.reading import WHAT_CHANGED, Reading
from store.database import Database, open_database
from store.settings import Settings


class Syncs(Protocol):
    """Starts and stops syncs for the tools; whoever composes the servers decides who does the work."""

    async def start(
        self, source: Literal["github", "jira"], reading: Reading = WHAT_CHANGED, *, scopes: Sequence[str] = (), by: str = "tool"
    ) -> str:
        """Begin a sync in the background and return its run id; while one is active, that one's."""

    async def cancel(self, run: str) -> None:
        """Ask a run to stop at the border of a page."""

    async def pause(self, source: Literal["github", "jira"], *, paused: bool, by: str = "tool", reason: str | None = None) -> None:
        """Hold back scheduled syncs of a source, or let them run again."""


@dataclass(frozen=True)
class Pulse:
    """One installation: its settings and its database, opened in the role that may answer questions, and who syncs."""

    settings: Settings
    db: Database
    syncs: Syncs | None = None


Opening = Callable[[], AbstractAsyncContextManager[Pulse]]
"""Opens an installation for as long as a server lives."""


def opened(pulse: Pulse) -> Opening:
    """An opening for an installation that somebody else has opened and will close."""

    @asynccontextmanager
    async def give() -> AsyncIterator[Pulse]:
        yield pulse

    return give


def opening(settings: Settings) -> Opening:
    """An opening that attaches to the database of `settings` (and starts the embedded one when nothing is running)."""

    @asynccontextmanager
    async def attach() -> AsyncIterator[Pulse]:
        async with open_database(settings, role="app") as db:
            yield Pulse(settings, db)

    return attach


def shared(open_pulse: Opening) -> Opening:
    """An opening that opens once for all servers that use it at the same time, and closes after the last."""
    lock, stack, users = asyncio.Lock(), AsyncExitStack(), 0
    pulse: Pulse | None = None

    @asynccontextmanager
    async def share() -> AsyncIterator[Pulse]:
        nonlocal pulse, users
        async with lock:
            live = pulse if pulse is not None else await stack.enter_async_context(open_pulse())
            pulse = live
            users += 1
        try:
            yield live
        finally:
            async with lock:
                users -= 1
                if users == 0:
                    pulse = None
                    await stack.aclose()

    return share


def lifespan(open_pulse: Opening) -> Callable[[FastMCP[Any]], AbstractAsyncContextManager[dict[str, Any]]]:
    """The server lifespan that makes `open_pulse`'s installation reachable for tools."""

    @asynccontextmanager
    async def live(_server: FastMCP[Any]) -> AsyncIterator[dict[str, Any]]:
        async with open_pulse() as pulse:
            yield {"pulse": pulse}

    return live


_CONTEXT: Context = CurrentContext()


async def _pulse(context: Context = _CONTEXT) -> Pulse:
    pulse: Pulse = context.lifespan_context["pulse"]
    return pulse


INSTALLATION: Any = Depends(_pulse)
"""The default of a tool's `pulse` parameter: FastMCP fills it in and hides it from the schema."""
