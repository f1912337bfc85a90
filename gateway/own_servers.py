"""MCP servers in a process of their own, as a host starts them."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from fastmcp import FastMCP

from gateway.sync_requests import OwnSyncs
from servers.app import SERVER_NAMES, build_all, build_server
from servers.context import Pulse, opened
from store.database import open_database
from store.settings import Settings


@contextlib.asynccontextmanager
async def open_server(settings: Settings, name: str) -> AsyncIterator[FastMCP[Any]]:
    """The server `metrics`, `github` or `jira`, or `all`; a sync that a tool asks for runs in this process."""
    async with open_database(settings, role="app") as db, contextlib.aclosing(OwnSyncs(db, settings)) as syncs:
        give = opened(Pulse(settings, db, syncs))
        named = next((known for known in SERVER_NAMES if known == name), None)
        yield build_server(named, give) if named else build_all(give)
