"""A14: everything is read again, three times over a changed store, while people read it."""

import asyncio
import itertools

import pytest
from bars import Bar
from sqlalchemy import text
from stand_in import GITHUB_TABLES, JIRA_TABLES, an_hour_later, both_at, both_sources, served

from etl.demo.company.model import Company
from etl.replay import store_digest
from etl.sync import sync
from store.database import Database
from store.settings import Settings
from tests.chaos.conftest import Fresh, Measure

pytestmark = pytest.mark.timeout(600)
STORES = Bar("A14", "different stores after three full syncs of the same source", 1, "stores")
HALF = Bar("A14", "looks at the store that found fewer records than before", 0, "looks")
TABLES = [*GITHUB_TABLES, *(table for table in JIRA_TABLES if table not in GITHUB_TABLES)]
SEEN = text(
    "select (select count(*) from pull_request where deleted_at is null) as pulls, (select count(*) from issue where deleted_at is null) as issues"
)


async def _look(db: Database, looks: list[tuple[int, int]]) -> None:
    while True:
        async with db.connect() as connection:
            row = (await connection.execute(SEEN)).one()
        looks.append((row.pulls, row.issues))
        await asyncio.sleep(0.02)


async def test_a_full_sync_ends_where_the_one_before_ended(
    fresh: Fresh, small_company: Company, settings: Settings, measured: Measure
) -> None:
    """Readers never see an empty or a half table: rows are changed in place, page by page."""
    looks: list[tuple[int, int]] = []
    async with fresh() as db, served(both_sources(small_company)) as url, served(both_sources(an_hour_later(small_company))) as later:
        await sync(both_at(settings, url), db)
        reader = asyncio.create_task(_look(db, looks))
        digests = []
        for _ in range(3):
            await sync(both_at(settings, later), db, full=True)
            digests.append(tuple((await store_digest(db, TABLES)).items()))
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
    measured(STORES, len(set(digests)))
    measured(HALF, sum(now[0] < before[0] or now[1] < before[1] for before, now in itertools.pairwise(looks)), f"({len(looks)} looks)")
