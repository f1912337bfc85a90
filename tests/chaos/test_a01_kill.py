"""A1: kill -9 at any moment, in a first sync and in a sync of changes, of both sources at once."""

import random

import pytest
from bars import Bar
from deaths import dying
from sqlalchemy import text
from stand_in import GITHUB_TABLES, JIRA_TABLES, an_hour_later, both_at, both_sources, served

from etl.demo.company.model import Company
from etl.replay import store_digest
from store.database import Database
from store.settings import Settings
from tests.chaos.conftest import Fresh, Measure

pytestmark = pytest.mark.timeout(900)
UNFINISHED = Bar("A1", "syncs that do not end well after the last kill", 0, "syncs")
DIFFERENT = Bar("A1", "tables that differ from those of a sync that nobody killed", 0, "tables")
TWICE = Bar("A1", "records of paged streams that were stored twice", 0, "records")
HITS = Bar("A1", "kills that hit a running sync", 70, "%", "higher")
TABLES = [*GITHUB_TABLES, *(table for table in JIRA_TABLES if table not in GITHUB_TABLES)]
PAGED = ("github.pull_requests", "github.issues", "jira.issues")
KILLS_A_ROUND = 25
ROUNDS, ALL_ROUNDS = (3, 1), (6, 2)
"""Stores of a first sync and of a sync of changes, in a short and in a full run."""


async def stored_twice(db: Database) -> int:
    """Records that runs stored beyond those there are."""
    async with db.connect() as connection:
        counted = text("select coalesce(sum((progress->'entities'->:entity->>'fetched')::int), 0) from sync_run")
        landed = [int(await connection.scalar(counted, {"entity": entity}) or 0) for entity in PAGED]
        there = [
            int(await connection.scalar(text("select count(*) from raw_record where entity = :e"), {"e": entity}) or 0) for entity in PAGED
        ]
    return sum(landed) - sum(there)


async def test_kills_lose_nothing_and_double_nothing(
    fresh: Fresh, small_company: Company, settings: Settings, measured: Measure, full: bool
) -> None:
    """Random moments from a fixed seed; small pages, so that most kills hit the middle of a pass."""
    first_rounds, later_rounds = ALL_ROUNDS if full else ROUNDS
    dice, ended, different, twice = random.Random(1), list[list[str]](), set[str](), 0
    first_app, later_app = both_sources(small_company, largest_page=25), both_sources(an_hour_later(small_company))
    async with served(first_app) as url, served(later_app) as later, dying() as parent:
        async with fresh() as db:
            assert await parent.live(db, both_at(settings, url)) == "ok"
            first = await store_digest(db, TABLES)
            assert await parent.live(db, both_at(settings, later)) == "ok"
            second = await store_digest(db, TABLES)
        for turn in range(first_rounds + later_rounds):
            deaths = [{"after_s": dice.uniform(0.02, 0.6 if turn < first_rounds else 0.1)} for _ in range(KILLS_A_ROUND)]
            async with fresh() as db:
                if turn >= first_rounds:
                    assert await parent.live(db, both_at(settings, url)) == "ok"
                ended.append(await parent.die(db, both_at(settings, url if turn < first_rounds else later), deaths))
                twice += await stored_twice(db) if turn < first_rounds else 0
                digest, expected = await store_digest(db, TABLES), first if turn < first_rounds else second
                different |= {name for name in TABLES if digest[name] != expected[name]}
    hits = sum(status == "killed" for round_ in ended for status in round_[:-1])
    measured(UNFINISHED, sum(round_[-1] != "ok" for round_ in ended), f"({len(ended)} syncs)")
    measured(DIFFERENT, len(different), " ".join(sorted(different)))
    measured(TWICE, twice)
    measured(HITS, 100 * hits / (KILLS_A_ROUND * len(ended)), f"({hits} of {KILLS_A_ROUND * len(ended)})")
