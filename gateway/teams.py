"""Teams as the command line imports them: the call opens the database for itself."""

from pathlib import Path
from typing import Any

from etl.derive.refresh import refresh
from etl.teams import import_teams
from gateway.upstream import upstream
from store.database import open_database
from store.settings import Settings


async def import_file(settings: Settings, file: Path, *, by: str, dry_run: bool) -> dict[str, Any]:
    """Take over what a file says about teams, and refresh the facts when that is news."""
    async with upstream(settings) as served, open_database(served, role="etl") as db:
        async with db.begin() as connection:
            found = await import_teams(connection, served.pulse, file, by=by, dry_run=dry_run)
        if found["decision"]:
            await refresh(db, served)
        return found
