"""kill -9 at any moment: the next run goes on, and in the end the store is that of an undisturbed sync."""

import asyncio
import os
import random
import sys
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from stand_in import GITHUB_TABLES

from etl.demo.company.model import Company
from etl.demo.github.app import Behaviour, make_app
from etl.replay import store_digest
from etl.sync import sync
from store.database import Database
from store.settings import Settings

KILLS = 20
RUN = """
import asyncio
from pathlib import Path
from etl.sync import sync
from store.database import open_database
from store.settings import Settings

async def main():
    settings = Settings(_env_file=None)
    async with open_database(settings, role="owner") as db:
        print("begun", flush=True)
        result = await sync(settings, db, sources=["github"])
        print(result.status, flush=True)

asyncio.run(main())
"""


async def _start(environment: dict[str, str]) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", RUN, env=environment, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"begun\n"
    return process


async def _empty(db: Database) -> None:
    async with db.begin() as connection:
        for name in (*GITHUB_TABLES, "project", "raw_record", "checkpoint", "quarantine", "sync_run", "sync_run_entity", "run_log"):
            await connection.execute(text(f'truncate "{name}"'))


@pytest.mark.timeout(300)
async def test_twenty_kills_lose_nothing_and_double_nothing(
    db: Database, database_url: str, small_company: Company, serve: Callable[..., Any], pointed: Callable[[str], Settings]
) -> None:
    """Random moments from a fixed seed; small pages, so that most kills hit the middle of a pass."""
    dice = random.Random(20)
    async with serve(make_app(small_company, Behaviour(largest_graphql_page=25))) as url:
        await sync(pointed(url), db, sources=["github"])
        undisturbed = await store_digest(db, GITHUB_TABLES)
        await _empty(db)
        given = {"DATABASE_URL": database_url, "GITHUB_API_URL": url, "GITHUB_ORG": "acme-shop", "GITHUB_TOKEN": "demo-token"}
        environment = {**os.environ, **given}
        interrupted = 0
        for _ in range(KILLS):
            process = await _start(environment)
            await asyncio.sleep(dice.uniform(0.05, 0.6))
            if process.returncode is None:
                process.kill()
                interrupted += 1
            await process.wait()
        process = await _start(environment)
        said, _ = await process.communicate()
    assert (said, process.returncode) == (b"ok\n", 0)
    assert interrupted >= KILLS // 2
    assert await store_digest(db, GITHUB_TABLES) == undisturbed
    async with db.connect() as connection:
        rows = (await connection.execute(text("select status, count(*) from sync_run group by status"))).all()
    ended = dict(rows)
    assert ended["ok"] >= 1
    assert ended.get("running", 0) == 0
