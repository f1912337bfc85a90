"""A2: death right before and right after every transaction of a sync and of the facts made from it."""

import pytest
from bars import Bar
from deaths import dying
from stand_in import ALL_TABLES, both_at, both_sources, served, tiny

from etl.demo.company.model import Company
from etl.replay import store_digest
from store.settings import Settings
from tests.chaos.conftest import NOW, Fresh, Measure

pytestmark = pytest.mark.timeout(1200)
POINTS = Bar("A2", "transactions right before or right after which a process died", 20, "deaths", "higher")
UNFINISHED = Bar("A2", "syncs that do not end well after such a death", 0, "syncs")
DIFFERENT = Bar("A2", "tables, facts too, that differ from those of a sync that nobody killed", 0, "tables")
MOST_COMMITS = 60
TIMES, ALL_TIMES = 1, 3
"""Deaths at each point, in a short and in a full run."""


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
async def test_death_at_every_commit_changes_nothing_in_the_end(
    fresh: Fresh, company: Company, settings: Settings, measured: Measure, full: bool, before: bool
) -> None:
    """A store of its own for every death; the next process finishes."""
    times = ALL_TIMES if full else TIMES
    deaths, unfinished, different = 0, 0, set[str]()
    async with served(both_sources(tiny(company))) as url, dying() as parent:
        there = both_at(settings.model_copy(update={"pulse_now": NOW}), url)
        async with fresh() as db:
            assert await parent.live(db, there, derive=True) == "ok"
            undisturbed = await store_digest(db, ALL_TABLES)
        for commit in (one for one in range(1, MOST_COMMITS) for _ in range(times)):
            async with fresh() as db:
                died, ended = await parent.die(db, there, [{"commit": commit, "before": before}], derive=True)
                digest = await store_digest(db, ALL_TABLES)
            if died != "killed":  # all of them
                break
            deaths, unfinished = deaths + 1, unfinished + (ended != "ok")
            different |= {name for name in ALL_TABLES if digest[name] != undisturbed[name]}
    where = f"({'before' if before else 'after'} a commit)"
    assert died != "killed", "there are more transactions than this test ends"
    measured(POINTS, deaths, where)
    measured(UNFINISHED, unfinished, where)
    measured(DIFFERENT, len(different), f"{where} {' '.join(sorted(different))}")
