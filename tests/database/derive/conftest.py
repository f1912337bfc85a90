"""Storing rows, deriving facts and reading them back."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from deriving import Derive, Read, Row, Rows, Store
from sqlalchemy import text

from etl.derive.refresh import FEW, refresh
from store.database import Database
from store.settings import Settings
from store.upsert import upsert


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A derivation is some two hundred statements: on a busy machine several of them take their time."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.timeout(60))


@pytest.fixture
def today(settings: Settings) -> Settings:
    """The settings with the clock at 2026-04-20."""
    return settings.model_copy(update={"pulse_now": datetime(2026, 4, 20, tzinfo=UTC)})


@pytest.fixture
def store(db: Database) -> Store:
    """Writes rows as a connector would; rows of a table may name different columns."""

    async def write(rows: Rows) -> None:
        async with db.begin() as connection:
            for table, found in rows.items():
                await upsert(connection, table, found)

    return write


@pytest.fixture
def derive(db: Database, today: Settings) -> Derive:
    """Derives all facts, with another configuration when one is given."""

    async def run(settings: Settings = today, *, full: bool = False, few: int = FEW) -> dict[str, int]:
        return await refresh(db, settings, full, few)

    return run


@pytest.fixture
def read(db: Database) -> Read:
    """The rows of a query as dictionaries."""

    async def rows(query: str) -> list[Row]:
        async with db.connect() as connection:
            return [dict(row) for row in (await connection.execute(text(query))).mappings()]

    return rows
