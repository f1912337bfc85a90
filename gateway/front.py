"""What the routes of the front door work with."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends
from fastmcp import Client
from starlette.requests import HTTPConnection

from chat_ui.backend import Backend
from servers.context import Pulse, Syncs
from store.database import Database
from store.settings import Settings


@dataclass(frozen=True)
class Front:
    """One running installation as its routes see it."""

    settings: Settings
    db: Database
    tools: "Client[Any]"
    """All MCP tools, in memory: REST and chat read data by the same tools as every other client."""
    backend: Backend
    """Answers questions."""
    syncs: Syncs | None = None
    """Does the syncs that people and tools ask for."""

    @property
    def pulse(self) -> Pulse:
        """What the MCP servers need."""
        return Pulse(self.settings, self.db, self.syncs)


def _front(connection: HTTPConnection) -> Front:
    front: Front = connection.app.state.front
    return front


InFront = Annotated[Front, Depends(_front)]
"""A route's parameter of this type is the running installation."""
