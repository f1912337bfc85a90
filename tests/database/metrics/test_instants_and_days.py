"""States at instants and days of work, found by ranges of numbers, are those that a look at each instant and day finds."""

import random
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from measuring import MARCH, add, at

from servers.metrics.engine import measure
from servers.metrics.question import Question
from store.clock import Window
from store.config import Organisation, PulseConfig
from store.database import Database
from store.settings import Settings
from store.tables.facts import fact_issue, fact_issue_state
from store.tables.people import identity, person, primary_team
from store.tables.work import issue, work_interval

HOLIDAY = date(2026, 3, 17)


def spells(count: int) -> list[tuple[datetime, datetime | None]]:
    """Spans of work of all lengths, many of which begin or end exactly where a week does; one in nine has no end."""
    rng = random.Random(7)
    made: list[tuple[datetime, datetime | None]] = []
    for number in range(count):
        starts = at(rng.choice([rng.uniform(-20, 27), rng.choice([0, 7, 14, 21])]))
        length = rng.choice([rng.uniform(0.01, 0.4), rng.uniform(1, 12), 7, 14])
        made.append((starts, None if number % 9 == 0 else starts + timedelta(days=length)))
    return made


async def test_what_stands_at_many_instants_is_what_stands_at_each(company: Database, settings: Settings) -> None:
    """Half-open spells: one that ends at the very end of a week is over then, one that begins there has begun."""
    found = spells(200)
    items = [{"id": f"i{n}", "key": f"K-{n}", "level": "item", "labels": [], "components": []} for n in range(len(found))]
    await add(company, fact_issue, items)
    states = [
        {"issue_id": f"i{n}", "from_at": starts, "to_at": ends, "category": "in_progress", "kind": "active", "status": "In progress"}
        for n, (starts, ends) in enumerate(found)
    ]
    await add(company, fact_issue_state, states)
    result = await measure(company, settings, Question("wip", window=MARCH, grain="week", compare="previous"))

    def standing(instant: datetime) -> int:
        return sum(starts <= instant and (ends is None or ends > instant) for starts, ends in found)

    assert [point.value for point in result.series or []] == [standing(at(day)) for day in (7, 14, 21, 28)]
    assert (result.value, result.compare and result.compare.value) == (standing(at(28)), standing(at(0)))


@pytest.fixture
async def workers(company: Database) -> list[tuple[datetime, datetime | None]]:
    """Three people who worked on thirty issues; every fifth issue is a sub-task of the one before it."""
    found = spells(30)
    await add(company, person, [{"id": f"u{n}", "author_type": "human"} for n in range(3)])
    await add(
        company, identity, [{"id": f"a{n}", "site": "x", "source": "jira", "external_id": f"a{n}", "person_id": f"u{n}"} for n in range(3)]
    )
    late = datetime(2100, 1, 1, tzinfo=ZoneInfo("UTC"))
    await add(company, primary_team, [{"person_id": f"u{n}", "from_at": at(-900), "to_at": late, "team": "web"} for n in range(3)])
    facts: list[dict[str, Any]] = []
    for n in range(len(found)):
        level = "subtask" if n % 5 == 4 else "item"
        facts.append(
            {"id": f"i{n}", "key": f"K-{n}", "level": level, "work_class": "ktlo" if n % 2 else "feature", "labels": [], "components": []}
        )
    await add(company, fact_issue, facts)
    raw = {"site": "x", "source": "jira", "category": "todo", "created_at": at(-30)}
    await add(
        company,
        issue,
        [
            raw | {"id": row["id"], "key": row["key"], "level": row["level"], "parent_id": f"i{n - 1}" if n % 5 == 4 else None}
            for n, row in enumerate(facts)
        ],
    )
    spans = [{"issue_id": f"i{n}", "from_at": starts, "to_at": ends, "assignee_id": f"u{n % 3}"} for n, (starts, ends) in enumerate(found)]
    await add(company, work_interval, spans)
    return found


def effort(found: list[tuple[datetime, datetime | None]], window: Window) -> tuple[float, float]:
    """Days of effort on odd issues and on all, by a look at each person, working day and issue; a sub-task's work is its parent's."""
    zone, odd, total = ZoneInfo(window.tz), 0.0, 0.0
    day = window.start.astimezone(zone).date()
    while (ends := datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)) <= window.end:
        starts = datetime.combine(day, datetime.min.time(), zone)
        if day.weekday() < 5 and day != HOLIDAY and starts >= window.start:
            for who in range(3):
                touched = {
                    n - 1 if n % 5 == 4 else n
                    for n, (began, over) in enumerate(found)
                    if n % 3 == who and began < ends and (over is None or over > starts)
                }
                odd += sum(n % 2 / len(touched) for n in touched)
                total += bool(touched)
        day += timedelta(days=1)
    return odd, total


@pytest.mark.parametrize("tz", ["UTC", "America/New_York", "Pacific/Auckland"])
async def test_each_working_day_is_split_over_the_issues_touched_on_it(
    company: Database, settings: Settings, workers: list[tuple[datetime, datetime | None]], tz: str
) -> None:
    """Clocks change in New York on 8 March and in Auckland on 5 April; weekends and the holiday count nothing."""
    settings = settings.with_config(PulseConfig(org=Organisation(holidays=[HOLIDAY])))
    home = ZoneInfo(tz)
    window = Window(datetime(2026, 3, 2, tzinfo=home), datetime(2026, 4, 13, tzinfo=home), tz)
    found = await measure(company, settings, Question("unplanned_work_share", window=window, grain="total", compare="previous"))
    assert (found.numerator, found.denominator) == pytest.approx(effort(workers, window))


async def test_a_window_without_a_working_day_has_no_effort(
    company: Database, settings: Settings, workers: list[tuple[datetime, datetime | None]]
) -> None:
    """A weekend holds no day of work, whoever was busy."""
    weekend = Window(at(5), at(7), "UTC")
    found = await measure(company, settings, Question("unplanned_work_share", window=weekend, grain="total"))
    assert (found.status, found.denominator, len(workers)) == ("no_denominator", 0, 30)
