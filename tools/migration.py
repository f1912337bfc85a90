"""Draft the next migration from what the tables say and the last migration does not.

    python -m tools.migration add_deployment_colour

Read the draft before it is committed: first add, later remove; say in its docstring why.
"""

import asyncio
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from store import migrate
from store.database import connect
from store.embedded import EmbeddedServer

NAME = re.compile(r"[a-z]+(_[a-z0-9]+)+")


def draft(connection: Connection, name: str) -> Path:
    """Write `NNNN_verb_noun.py` with the difference between database and tables."""
    number = f"{int(migrate.head()) + 1:04d}"
    message = name.replace("_", " ").capitalize()
    command.revision(migrate.configuration(connection), message=message, autogenerate=True, rev_id=number)
    made = next(migrate.FOLDER.glob(f"{number}_*.py"))
    return made.replace(made.with_name(f"{number}_{name}.py"))


async def compare(home: Path, name: str) -> Path:
    """Migrate a scratch database to the newest revision and draft what is still missing; without grants, which a new table would break."""
    server = EmbeddedServer(home)
    with server.attached():
        engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: connect(server.dsn()))
        try:
            async with engine.begin() as connection:
                await migrate.upgrade(connection)
                return await connection.run_sync(draft, name)
        finally:
            await engine.dispose()


def main() -> int:
    """Draft one migration."""
    if len(sys.argv) != 2 or not NAME.fullmatch(sys.argv[1]):
        print("usage: make migration NAME=verb_noun", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="pulse-migration-") as home:
        path = asyncio.run(compare(Path(home), sys.argv[1]))
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(path)], check=False)
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
