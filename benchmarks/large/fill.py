"""Fills an empty store with the rows of a large organisation, at the size of the goals or a part of it."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from store.config import PulseConfig, Team
from store.database import Database

FOLDER = Path(__file__).parent
ORDER = ("chance", "people", "work", "code", "delivery")
DAYS = 1096
TEAMS = 40
SMALLEST = {"repositories": 20, "people": 160, "incidents": 50}
"""Fewer would leave whole rules without a row."""


@dataclass(frozen=True)
class Size:
    """How many of each kind; the defaults are those of the goals."""

    repositories: int = 1_000
    people: int = 1_200
    pull_requests: int = 1_000_000
    issues: int = 600_000
    incidents: int = 10_000

    def scaled(self, factor: float) -> "Size":
        """A part of it; people stay a multiple of the teams."""
        made = {part.name: max(SMALLEST.get(part.name, 1), int(getattr(self, part.name) * factor)) for part in fields(self)}
        return Size(**made | {"people": made["people"] // TEAMS * TEAMS})


def configuration() -> PulseConfig:
    """The pulse.yaml of the organisation: which teams of GitHub and projects of Jira are one team."""
    return PulseConfig(teams=[Team(key=f"team-{n}", github_teams=[f"acme/team-{n}"], jira_projects=[f"P{n}"]) for n in range(TEAMS)])


async def fill(db: Database, size: Size, now: datetime) -> None:
    """Write the rows, as of `now`, in one transaction; the store must be empty. All facts are due then."""
    columns = {part.name: getattr(size, part.name) for part in fields(size)} | {"teams": TEAMS}
    listed = ", ".join(f"{value} as {name}" for name, value in columns.items())
    async with db.begin() as connection:
        await connection.execute(text("select 1"))  # begins the transaction, which a raw statement alone would not
        raw = await db.raw(connection)
        await raw.execute(
            "set local work_mem = '256MB'; set local maintenance_work_mem = '512MB'; set local pulse.deriving = 'on'; set local synchronous_commit = off;"
            f"create temp table g_size on commit drop as select {listed}, timestamptz '{now - timedelta(days=DAYS)}' as since, timestamptz '{now}' as until"
        )
        for name in ORDER:
            await raw.execute((FOLDER / f"{name}.sql").read_text(encoding="utf-8"))
        await raw.execute("insert into touched (kind, key) values ('all', 'filled')")
    async with db.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for statement in ("set lock_timeout = 0", "vacuum analyze", "reset lock_timeout"):  # autovacuum may be at the same tables
            await alone.execute(text(statement))


async def filled(db: Database, size: Size) -> bool:
    """Whether the store holds an organisation of this size."""
    async with db.connect() as connection:
        rows = await connection.scalar(text("select count(*) from pull_request where repo_id like 'github.com:repo:%'"))
    return bool(rows == size.pull_requests)
