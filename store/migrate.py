"""Migrations run from code: at every start, by any number of processes at once."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

FOLDER = Path(__file__).parent / "migrations"
LOCK_KEY = 7_285_001
"""Key of the advisory lock; a number that only Pulse uses."""


def head() -> str:
    """The newest revision, told from the file names: Alembic itself takes a second to import."""
    return max(path.name[:4] for path in FOLDER.glob("[0-9][0-9][0-9][0-9]_*.py"))


async def revision(connection: AsyncConnection) -> str | None:
    """The revision of a database; None while it is empty."""
    if await connection.scalar(text("select to_regclass('public.alembic_version')")) is None:
        return None
    found: str | None = await connection.scalar(text("select version_num from public.alembic_version"))
    return found


async def lock(connection: AsyncConnection) -> None:
    """Wait until no other process migrates this database; held to the end of the transaction."""
    await connection.execute(text("set local lock_timeout = 0"))
    await connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})


async def upgrade(connection: AsyncConnection, to: str = "head") -> None:
    """Bring the database to a revision, in the transaction of `connection`."""
    await connection.run_sync(_alembic, "upgrade", to)


async def downgrade(connection: AsyncConnection, to: str) -> None:
    """Undo the steps after revision `to` (`base` undoes all of them)."""
    await connection.run_sync(_alembic, "downgrade", to)


def configuration(connection: Connection | None = None) -> Any:
    """What Alembic needs to know."""
    from alembic.config import Config  # takes a second to import, and is needed only when something is to be migrated

    made = Config()
    made.set_main_option("script_location", str(FOLDER / "environment"))
    made.set_main_option("version_locations", str(FOLDER))
    made.set_main_option("path_separator", "os")
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    made.attributes["connection"] = connection
    return made


def _alembic(connection: Connection, verb: str, to: str) -> None:
    from alembic import command  # as above

    getattr(command, verb)(configuration(connection), to)
