"""A5: issues change, appear and vanish while they are read, several within one second, and the search index lags behind."""

import copy
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from bars import Bar
from fake_jira import FakeJira, Reply, listening, stamp
from sqlalchemy import text
from stand_in import jira_at

from etl.repair import repair
from etl.sync import sync
from store.database import Database
from store.settings import Settings
from tests.chaos.conftest import Fresh, Measure

pytestmark = pytest.mark.timeout(1200)
STALE = Bar("A5", "issues that are stale after the next sync", 0, "issues")
MISSING = Bar("A5", "issues that are missing after the next sync", 0, "issues")
GHOSTS = Bar("A5", "issues that are gone and still there after a repair", 0, "issues")
SIZES, ALL_SIZES = (5, 1_500), (20, 5_000)
"""Sites and issues of each, in a short and in a full run."""
PAGE, CHANGES, DELETIONS = 100, 20, 35
LAG = timedelta(seconds=30)


@dataclass
class Drift:
    """Twenty changes, a new issue and some deletions between any two pages; searches show them half a minute later."""

    site: FakeJira
    dice: random.Random
    late: list[tuple[datetime, str, dict[str, Any] | None]] = field(default_factory=list)
    deleted: int = 0

    def __call__(self, path: str) -> Reply | None:
        """One request: time passes, and the index catches up."""
        self.site.clock += timedelta(seconds=2)
        self.catch_up(self.site.clock)
        if path.endswith("/search/jql"):
            self.change()
        return None

    def catch_up(self, moment: datetime) -> None:
        """Show what has been late for long enough."""
        for _, key, issue in (one for one in self.late if one[0] <= moment):
            if issue is None:
                self.site.issues.pop(key, None)
            else:
                self.site.issues[key] = issue
        self.late = [one for one in self.late if one[0] > moment]

    def change(self) -> None:
        """All of it within the same second."""
        due = self.site.clock + LAG
        keys = self.dice.sample(sorted(self.site.issues), CHANGES + 2)
        for key in keys[:CHANGES]:
            issue = copy.deepcopy(self.site.issues[key])
            issue["fields"].update(summary=f"Changed at {self.site.clock}", updated=stamp(self.site.clock))
            self.late.append((due, key, issue))
        if self.deleted < DELETIONS:
            self.late += [(due, key, None) for key in keys[CHANGES:]]
            self.deleted += 2
        number = 50_000 + len(self.site.histories)
        new = self.site.add_issue(number)
        new["fields"].update(created=stamp(self.site.clock), updated=stamp(self.site.clock))
        self.late.append((due, new["id"], self.site.issues.pop(new["id"])))


async def _titles(db: Database) -> dict[str, str]:
    async with db.connect() as connection:
        return {row.key: row.title for row in await connection.execute(text("select key, title from issue where deleted_at is null"))}


async def _drifted(db: Database, settings: Settings, seed: int, issues: int) -> tuple[int, int, int]:
    """Stale and missing issues after the sync that follows a drifting one, ghosts after a repair."""
    async with listening() as site:
        site.page_cap = PAGE
        for number in range(1, issues + 1):
            site.add_issue(number, entries=1)
        drift = Drift(site, random.Random(seed))
        site.faults.append(drift)
        there = jira_at(settings, site.url)
        await sync(there, db, sources=["jira"])
        site.faults.clear()
        site.clock += 2 * LAG
        drift.catch_up(site.clock)
        await sync(there, db, sources=["jira"])
        titles = await _titles(db)
        truth = {issue["key"]: issue["fields"]["summary"] for issue in site.issues.values()}
        stale = sum(key in titles and titles[key] != title for key, title in truth.items())
        missing = len(truth.keys() - titles.keys())
        await repair(there, db, sources=["jira"], only=["jira.issues"])
        return stale, missing, len((await _titles(db)).keys() - truth.keys())


async def test_a_site_that_never_stands_still_is_read_whole(fresh: Fresh, settings: Settings, measured: Measure, full: bool) -> None:
    """Each seed is a site of its own."""
    seeds, issues = ALL_SIZES if full else SIZES
    found = []
    for seed in range(seeds):
        async with fresh() as db:
            found.append(await _drifted(db, settings, seed, issues))
    stale, missing, ghosts = (sum(one[place] for one in found) for place in range(3))
    measured(STALE, stale, f"({seeds} seeds of {issues:,} issues)")
    measured(MISSING, missing)
    measured(GHOSTS, ghosts)
