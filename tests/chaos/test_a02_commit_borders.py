"""A2: death right before and right after every transaction of a sync and of the facts made from it."""

import pytest
from bars import Bar
from deaths import die
from stand_in import GITHUB_TABLES, JIRA_TABLES, both_at, both_sources, served, tiny

from etl.demo.company.model import Company
from etl.derive.refresh import refresh
from etl.replay import store_digest
from etl.sync import sync
from store.settings import Settings
from store.tables import metadata
from tests.chaos.conftest import NOW, Fresh, Measure

pytestmark = pytest.mark.timeout(1200)
POINTS = Bar("A2", "transactions before and after which a process died", 40, "deaths", "higher")
UNFINISHED = Bar("A2", "syncs that do not end well after such a death", 0, "syncs")
DIFFERENT = Bar("A2", "tables, facts too, that differ from those of a sync that nobody killed", 0, "tables")
FACTS = [name for name in metadata.tables if name.startswith("fact_")]
TABLES = [*GITHUB_TABLES, *(table for table in JIRA_TABLES if table not in GITHUB_TABLES), *FACTS]
MOST_COMMITS = 90


async def test_death_at_every_commit_changes_nothing_in_the_end(
    fresh: Fresh, company: Company, settings: Settings, measured: Measure
) -> None:
    """A store of its own for every death; the next process finishes."""
    deaths, unfinished, different = 0, 0, set[str]()
    async with served(both_sources(tiny(company))) as url:
        there = both_at(settings.model_copy(update={"pulse_now": NOW}), url)
        async with fresh() as db:
            await sync(there, db, derive=refresh)
            undisturbed = await store_digest(db, TABLES)
        for commit in range(1, MOST_COMMITS):
            async with fresh() as db:
                before = commit % 2 == 0
                died, ended = await die(db, there, [{"commit": commit // 2 + 1, "before": before}], derive=True)
                digest = await store_digest(db, TABLES)
            if died != "killed":
                break
            deaths, unfinished = deaths + 1, unfinished + (ended != "ok")
            different |= {name for name in TABLES if digest[name] != undisturbed[name]}
    measured(POINTS, deaths)
    measured(UNFINISHED, unfinished)
    measured(DIFFERENT, len(different), " ".join(sorted(different)))
