"""kill -9 at any moment: the next run goes on, and in the end the store is that of an undisturbed sync."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from deaths import dying
from sqlalchemy import text
from stand_in import GITHUB_TABLES

from etl.demo.company.model import Company
from etl.demo.github.app import Behaviour, make_app
from etl.replay import store_digest
from etl.sync import sync
from store.database import Database
from store.settings import Settings

KILLS = 20
WRITTEN = (*GITHUB_TABLES, "project", "raw_record", "checkpoint", "quarantine", "sync_run", "sync_run_entity", "run_log")


@pytest.mark.timeout(120)
async def test_twenty_kills_lose_nothing_and_double_nothing(
    db: Database, small_company: Company, serve: Callable[..., Any], pointed: Callable[[str], Settings]
) -> None:
    """Random moments from a fixed seed; small pages, so that most kills hit the middle of a pass."""
    dice = random.Random(20)
    deaths = [{"after_s": dice.uniform(0.05, 0.6)} for _ in range(KILLS)]
    async with serve(make_app(small_company, Behaviour(largest_graphql_page=25))) as url:
        await sync(pointed(url), db, sources=["github"])
        undisturbed = await store_digest(db, GITHUB_TABLES)
        async with db.begin() as connection:
            await connection.execute(text(f"truncate {', '.join(WRITTEN)}"))
        async with dying() as parent:
            *died, finished = await parent.die(db, pointed(url), deaths, sources=["github"])
    assert finished == "ok"
    assert died.count("killed") >= KILLS // 2
    assert await store_digest(db, GITHUB_TABLES) == undisturbed
    async with db.connect() as connection:
        ended = dict((await connection.execute(text("select status, count(*) from sync_run group by status"))).all())
    assert ended["ok"] >= 1
    assert ended.get("running", 0) == 0
