"""Fact rows of a small company, written short, in March 2026 as known at the end of April."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from store.clock import Window
from store.database import Database

NOW = datetime(2026, 4, 30, tzinfo=UTC)
MARCH = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC))


def at(day: float) -> datetime:
    """So many days into the window."""
    return MARCH.start + timedelta(days=day)


async def add(db: Database, table: Any, rows: list[dict[str, Any]]) -> None:
    """Store fact rows; every row names all columns that any of them names."""
    columns = {name for row in rows for name in row}
    async with db.begin() as connection:
        await connection.execute(insert(table), [{name: row.get(name) for name in columns} for row in rows])


def merged(number: int, day: float, **more: Any) -> dict[str, Any]:
    """A pull request merged so many days into the window, after an hour of work."""
    when = at(day)
    row = {
        "id": f"p{number}",
        "number": number,
        "state": "merged",
        "author_type": "human",
        "merged_at": when,
        "created_at": when,
        "title": f"Change {number}",
    }
    return row | {"first_commit_at": when - timedelta(hours=1), "ready_at": when, "url": f"https://git.test/{number}", "labels": []} | more


def shipped(number: int, day: float, **more: Any) -> dict[str, Any]:
    """A deployment so many days into the window."""
    row = {
        "id": f"d{number}",
        "kind": "change",
        "service": "shop",
        "owner_team": "web",
        "started_at": at(day),
        "finished_at": at(day),
        "failed": False,
        "surely_linked": False,
    }
    return row | more
