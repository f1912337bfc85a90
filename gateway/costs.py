"""Costs as the command line imports them: the call opens the database for itself."""

from pathlib import Path
from typing import Any

from etl.costs import import_costs
from store.database import open_database
from store.settings import Settings


async def import_file(settings: Settings, file: Path) -> dict[str, Any]:
    """Store what a file says teams cost."""
    async with open_database(settings, role="etl") as db:
        return await import_costs(db, file)
