"""What holds whatever the window, zone and cut: nothing is lost between buckets and groups, and foreign rows change nothing."""

import statistics
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from measuring import MARCH, add, merged

from servers.metrics.engine import measure
from servers.metrics.question import Question
from servers.metrics.result import Result
from store.clock import Window, local_date
from store.database import Database
from store.settings import Settings
from store.tables.facts import fact_pull_request

ZONES = ("UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland")
"""Clocks change on 8 March in New York; Kathmandu is 5 h 45 min ahead; Auckland is half a day ahead."""
TEAMS = ("web", "api", "apps", None)
minutes = st.integers(0, 28 * 24 * 60)
few = hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def row(number: int) -> dict[str, Any]:
    """Sixty pull requests, spread unevenly over four weeks, teams, repositories and sizes."""
    day = (number * number * 7 % 2800) / 100
    return merged(number, day, team=TEAMS[number % 4], repo=f"acme/r{number % 3}", size_lines=number * 13 % 101)


ROWS = [row(number) for number in range(60)]


@pytest.fixture
async def full(company: Database) -> Database:
    """The company with its pull requests."""
    await add(company, fact_pull_request, ROWS)
    return company


def window(start: int, length: int, tz: str) -> Window:
    """Any window of minutes, in any zone."""
    begin = MARCH.start + timedelta(minutes=start)
    return Window(begin, begin + timedelta(minutes=length), tz)


def inside(asked: Window) -> list[dict[str, Any]]:
    """The rows of a window, found without the engine."""
    return [found for found in ROWS if asked.start <= found["merged_at"] < asked.end]


@pytest.mark.timeout(90)
@few
@given(
    start=minutes,
    length=st.integers(1, 28 * 24 * 60),
    tz=st.sampled_from(ZONES),
    grain=st.sampled_from(("day", "week", "month", "quarter")),
)
async def test_buckets_of_any_window_add_up_to_its_total(
    full: Database, settings: Settings, start: int, length: int, tz: str, grain: Any
) -> None:
    """However a window is cut, each event lies in the bucket of its local day, and all buckets together hold them all."""
    asked = window(start, length, tz)
    found = await measure(full, settings, Question("pr_throughput", window=asked, grain=grain))
    points = found.series or []
    assert sum(point.n or 0 for point in points) == found.n == len(inside(asked))
    if grain == "day":
        days = [str(local_date(entity["merged_at"], tz)) for entity in inside(asked)]
        assert {point.bucket: point.n for point in points if point.n} == {day: days.count(day) for day in set(days)}


@pytest.mark.timeout(90)
@few
@given(start=minutes, length=st.integers(60, 28 * 24 * 60), cut=st.sampled_from((["team"], ["repo"], ["team", "repo"])))
async def test_a_roll_up_is_computed_from_the_entities(full: Database, settings: Settings, start: int, length: int, cut: list[str]) -> None:
    """The median of the whole and of each group is that of its own records; groups, with those of nobody, add up to the whole."""
    asked = window(start, length, "UTC")
    found = await measure(full, settings, Question("pr_size", window=asked, grain="total", group_by=cut, params={"min_n": 1}))
    assert sum(group.n or 0 for group in found.groups or []) == found.n
    assert found.value == median_of(inside(asked))
    for group in found.groups or []:
        own = [
            entity for entity in inside(asked) if all((entity[name] or "(unmapped)") == member for name, member in group.dimensions.items())
        ]
        assert (group.n, group.value) == (len(own), median_of(own))


def median_of(rows: list[dict[str, Any]]) -> float | None:
    """The median size; none of no rows."""
    return float(statistics.median(entity["size_lines"] for entity in rows)) if rows else None


@pytest.mark.timeout(90)
@few
@given(start=minutes, length=st.integers(1, 20 * 24 * 60), tz=st.sampled_from(ZONES))
async def test_another_time_zone_moves_events_between_days_and_loses_none(
    full: Database, settings: Settings, start: int, length: int, tz: str
) -> None:
    """The same instants hold the same events in every zone."""
    here = await measure(full, settings, Question("pr_throughput", window=window(start, length, "UTC"), grain="day"))
    there = await measure(full, settings, Question("pr_throughput", window=window(start, length, tz), grain="day"))
    assert (here.n, sum(point.n or 0 for point in here.series or [])) == (there.n, sum(point.n or 0 for point in there.series or []))


async def test_rows_that_are_not_asked_for_change_nothing(full: Database, settings: Settings) -> None:
    """Other teams, other times, bots and promotions leave every member of an answer as it was."""

    async def answer() -> Result:
        asked = Question("pr_size", window=MARCH, grain="week", group_by=["repo"], filters={"team": "web"}, compare="previous")
        return await measure(full, settings, asked)

    before = await answer()
    foreign = [
        merged(101, 3, team="api", size_lines=5), merged(102, 60, team="web", size_lines=5), merged(103, 3, team=None, size_lines=5),
        merged(104, 3, team="web", author_type="bot", size_lines=5), merged(105, 3, team="web", is_promotion=True, size_lines=5),
    ]  # fmt: skip
    await add(full, fact_pull_request, [{"is_promotion": False} | entity for entity in foreign])
    assert await answer() == before


@pytest.mark.parametrize(("tz", "day", "hours"), [("Europe/Berlin", 29, 23), ("Europe/Berlin", 28, 24), ("America/New_York", 8, 23)])
async def test_a_day_of_a_clock_change_is_a_whole_day(company: Database, settings: Settings, tz: str, day: int, hours: int) -> None:
    """One event an hour: the local day holds as many as it has hours."""
    first = datetime(2026, 3, day, tzinfo=UTC) - timedelta(days=1)
    rows = [merged(number, 0) | {"merged_at": first + timedelta(hours=number, minutes=1)} for number in range(72)]
    await add(company, fact_pull_request, rows)
    found = await measure(company, settings, Question("pr_throughput", f"2026-03-{day:02d}..2026-03-{day:02d}", grain="day", tz=tz))
    assert (found.value, [point.n for point in found.series or []]) == (hours, [hours])
