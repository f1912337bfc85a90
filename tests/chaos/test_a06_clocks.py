"""A6: the source's clock is a quarter of an hour off, and ours jumps back an hour in the middle."""

from datetime import UTC, datetime, timedelta

import pytest
from bars import Bar
from fake_jira import listening
from sqlalchemy import text
from stand_in import jira_at

from etl.sync import sync
from store import clock
from store.settings import Settings
from tests.chaos.conftest import Fresh, Measure

pytestmark = pytest.mark.timeout(300)
MISSED = Bar("A6", "changes that the next sync misses", 0, "issues")
OURS = Bar("A6", "seconds between the cursor and the source's own clock", 0, "s")
NEGATIVE = Bar("A6", "durations that are negative", 0, "durations")
SKEWS_S = (-900, 900, 0)
DURATIONS = text(
    "select (select count(*) from sync_run where finished_at < started_at or started_at < requested_at)"
    " + (select count(*) from sync_run_entity where duration_s < 0)"
)


@pytest.fixture
def jumpy(monkeypatch: pytest.MonkeyPatch) -> list[timedelta]:
    """Moves our own clock by what stands in the list."""
    offset = [timedelta()]
    for module in ("etl.passes", "etl.http", "store.clock"):
        monkeypatch.setattr(f"{module}.wall_clock", lambda: datetime.now(UTC) + offset[0])
    return offset


async def test_changes_are_found_whatever_the_clocks_say(
    fresh: Fresh, settings: Settings, jumpy: list[timedelta], measured: Measure
) -> None:
    """A change right after the first page, and one long after; the cursor is the source's instant to the second."""
    missed, apart, negative = 0, 0.0, 0
    for skew_s in SKEWS_S:
        async with listening() as site, fresh() as db:
            site.clock = (clock.wall_clock() + timedelta(seconds=skew_s)).replace(microsecond=0)
            for number in range(1, 40):
                site.add_issue(number)
            there = jira_at(settings, site.url)
            began = site.clock
            await sync(there, db, sources=["jira"])
            jumpy[0] = timedelta(hours=-1)
            site.touch("10001", summary="changed at once")
            site.clock += timedelta(minutes=40)
            site.touch("10002", summary="changed later")
            async with db.connect() as connection:
                high = await connection.scalar(text("select high_water_at from checkpoint where entity = 'jira.issues'"))
            await sync(there, db, sources=["jira"])
            async with db.connect() as connection:
                missed += 2 - int(await connection.scalar(text("select count(*) from issue where title like 'changed %'")) or 0)
                negative += int(await connection.scalar(DURATIONS) or 0)
            apart = max(apart, abs((high - began).total_seconds()))
            jumpy[0] = timedelta()
    measured(MISSED, missed, f"({len(SKEWS_S)} clocks)")
    measured(OURS, apart)
    measured(NEGATIVE, negative)
