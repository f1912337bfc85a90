"""Connections as the command line manages them: each call opens the database for itself."""

from typing import Any

from etl import integrations
from store.database import open_database
from store.settings import Settings


async def add(settings: Settings, new: integrations.NewConnection) -> dict[str, Any]:
    """Store a connection and show it."""
    async with open_database(settings, role="app") as db:
        return (await integrations.add(settings, db, new)).as_dict()


async def listed(settings: Settings) -> list[dict[str, Any]]:
    """All stored connections."""
    async with open_database(settings, role="app") as db:
        return [one.as_dict() for one in await integrations.listed(db)]


async def test(settings: Settings, row_id: str) -> dict[str, Any]:
    """Whether a connection answers and accepts its credentials."""
    async with open_database(settings, role="app") as db:
        return (await integrations.test(settings, db, row_id)).as_dict()


async def remove(settings: Settings, row_id: str) -> None:
    """Forget a connection and its secret."""
    async with open_database(settings, role="app") as db:
        await integrations.remove(db, row_id)


async def rotate(settings: Settings) -> int:
    """Encrypt every secret with the first key."""
    async with open_database(settings, role="app") as db:
        return await integrations.rotate(settings, db)
