"""The demo company, synced once by the real ETL into a database that tests clone."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from databases import drop, run

from etl.demo.server import serve_demo
from gateway.front import Front
from gateway.opening import open_front
from gateway.syncing import Wanted, sync_with
from store import dsn as dsns
from store.database import open_database
from store.settings import Settings

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
async def demo_settings(server_url: str, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Settings]:
    """Settings of an installation that holds the whole demo company as of NOW; nobody may write to it."""
    name = f"pulse_demo_{worker_id}_{os.getpid()}"
    await run(server_url, f"create database {name}")
    home = tmp_path_factory.mktemp("demo")
    settings = Settings(_env_file=None, pulse_home=home, database_url=dsns.with_database(server_url, name), pulse_now=NOW)
    async with serve_demo(settings) as served:
        async with open_database(served, role="etl") as db:
            result = await sync_with(served, db, Wanted())
        assert result.status == "ok", [row.error for row in result.entities if row.error] or result.error
        yield served
    await drop(server_url, name)


@pytest.fixture(scope="session")
async def front(demo_settings: Settings) -> AsyncIterator[Front]:
    """Tools and answers on the demo company."""
    async with open_front(demo_settings) as opened:
        yield opened
