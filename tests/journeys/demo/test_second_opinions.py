"""Every metric on the demo company against a second opinion: SQL written by hand, or plain loops, mostly over the rows as synced."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import signal_opinion as opinion
from demo_rows import Rows, dropped, read_rows
from sprint_opinion import sprint_amounts
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics.catalogue import CATALOGUE
from servers.metrics.coverage import Coverage, read_coverage
from servers.metrics.engine import measure_on
from servers.metrics.question import Question
from store.clock import Window
from store.database import open_database
from store.settings import Settings

FOLDER = Path(__file__).parents[2] / "database" / "metrics"
CHECKS = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.sql"))}
SHARED = {f"{{{path.stem}}}": path.read_text(encoding="utf-8") for path in sorted((FOLDER / "shared").glob("*.sql"))}
"""What several statements have in common, by the name under which they mention it."""
FILTERS = {"sprint_velocity": {"team": "payments"}, "sprint_report": {"team": "payments"}}
"""Metrics that are about one team only."""
QUARTER = Window(datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC))
BEFORE = Window(datetime(2026, 4, 1, tzinfo=UTC), QUARTER.start)
DIRECTION = {
    "deployment_frequency": "higher", "change_lead_time": "lower", "change_fail_rate": "lower", "failed_deployment_recovery_time": "lower",
    "pr_cycle_time": "lower", "throughput": "context",
}  # fmt: skip
"""What signals are looked for in; failures by month, the others by week."""
COSTS = (
    "insert into team_cost (team_id, month, amount, currency) "
    "select t.id, m, 1000 * length(t.key) + length(m), 'EUR' from team t, unnest(cast(:months as text[])) m"
)


class Asked:
    """One connection with the rows, read once, and the two ways to a number."""

    def __init__(self, connection: AsyncConnection, settings: Settings, rows: Rows, coverage: Coverage) -> None:
        self.connection, self.settings, self.rows, self.coverage = connection, settings, rows, coverage

    async def by_hand(self, metric: str, window: Window = QUARTER) -> Any:
        """What the statement of a metric says."""
        statement = CHECKS[metric]
        for name, part in SHARED.items():
            statement = statement.replace(name, part)
        found = await self.connection.scalar(text(statement), {"from": window.start, "to": window.end})
        return found if isinstance(found, dict) or found is None else float(found)

    async def told(self, metric: str, **more: Any) -> dict[str, Any]:
        """What the engine says."""
        question = Question(metric, **{"window": QUARTER, "filters": FILTERS.get(metric, {}), **more})
        return (await measure_on(self.connection, self.settings, question, self.coverage)).document()


def signal_places(starts: Sequence[datetime], values: Sequence[float], better: str) -> list[tuple[str, str]]:
    """Day and meaning of each signal."""
    return [(str(starts[place].date()), effect) for place, effect in opinion.signalling(values, better)]


async def anomalies(asked: Asked) -> Any:
    """The signals of the delivery set: a statement for every week or month, limits by hand."""
    found, begun = [], min(pull["created_at"] for pull in asked.rows.read["pulls"])
    for metric, better in DIRECTION.items():
        monthly = "fail" in metric
        cuts = opinion.months_before(asked.rows.now, 18) if monthly else opinion.weeks_before(asked.rows.now, 26)
        starts = [start for start in cuts if start >= begun]
        values = [await asked.by_hand(metric, Window(a, b)) for a, b in pairwise(starts)]
        found += [(metric, *signal) for signal in signal_places(starts, values, better)]
    return sorted(found)


async def scorecard(asked: Asked) -> Any:
    """Each line's value in the window and in the one before by its own statement, and the verdict by the rule."""
    lines = {}
    for metric in SCORECARD:
        now, before = [await asked.by_hand(metric, window) for window in (QUARTER, BEFORE)]
        lines[metric] = (now, before, await _verdict(asked, metric, now, before))
    return lines


SCORECARD = (
    "deployment_frequency", "change_lead_time", "change_fail_rate", "failed_deployment_recovery_time", "sprint_say_do", "milestone_on_time_rate",
    "escaped_defect_ratio", "investment_allocation", "ai_assisted_pr_share", "incident_count",
)  # fmt: skip


async def _verdict(asked: Asked, metric: str, now: Any, before: Any) -> str:
    """Better or worse where the value moved by a tenth, or the series that leads to it signals within the window."""
    if isinstance(now, dict):
        return "changed" if max(abs(now.get(name, 0) - before.get(name, 0)) for name in {*now, *before}) >= 0.1 else "no clear change"
    better = CATALOGUE[metric].better
    weekly = "week" in CATALOGUE[metric].grains
    window = Window(QUARTER.end - (timedelta(weeks=26) if weekly else timedelta(days=550)), QUARTER.end)
    series = (await asked.told(metric, window=window, grain="week" if weekly else "month"))["series"]
    points = [point for point in series if not point["partial"] and point["value"] is not None]
    signals = opinion.signalling([point["value"] for point in points], better) if len(points) >= 8 else []
    within = any(points[place]["bucket"] >= "2026-07-01" for place, _ in signals)
    if now == before or not (within or abs(now - before) >= 0.1 * abs(before)):
        return "no clear change"
    return "changed" if better == "context" else "better" if (now > before) == (better == "higher") else "worse"


async def costs(asked: Asked) -> Any:
    """Every working day of every month is paid, tracked or not: whole months cost what was imported for them."""
    return await asked.connection.scalar(text("select sum(amount)::float8 from team_cost where month in ('2026-07', '2026-08', '2026-09')"))


async def when(asked: Asked) -> Any:
    """All open items, by a loop over 10,000 trials."""
    rows = asked.rows
    left = sum(not dropped(item) and item["id"] not in rows.done_at for item in rows.items)
    return opinion.day_after(rows.last_day, opinion.days_to_finish(rows.finished_per_day(rows.items), left))


async def how_many(asked: Asked) -> Any:
    """Four weeks."""
    return opinion.amount_by(asked.rows.finished_per_day(asked.rows.items), 28)


async def epics(asked: Asked) -> Any:
    """The health of each open epic."""
    return opinion.epics(asked.rows)


async def running(asked: Asked) -> Any:
    """The risk of each running sprint."""
    return opinion.sprints(asked.rows)


async def pulls(asked: Asked) -> Any:
    """The risk of the open pull requests, as many as are listed."""
    return dict(sorted(opinion.pulls(asked.rows).items(), key=lambda pair: (-pair[1], pair[0]))[:25])


async def sprint(asked: Asked) -> Any:
    """The amounts of the last sprint of payments."""
    return sprint_amounts(asked.rows, "PAY")


def _value(document: Mapping[str, Any]) -> Any:
    return document["value"]


def _risks(document: Mapping[str, Any]) -> Any:
    return {item["record"]: item["value"] for item in document["items"]}


Loop = tuple[Callable[[Asked], Awaitable[Any]], Callable[[Mapping[str, Any]], Any]]
LOOPS: dict[str, Loop] = {
    "anomaly_xmr": (anomalies, lambda found: sorted((signal["metric"], signal["bucket"], signal["effect"]) for signal in found["items"])),
    "kpi_scorecard": (
        scorecard,
        lambda found: {line["metric"]: (line["value"], line["before"], line["verdict"]) for line in found["items"]},
    ),
    "delivery_cost_allocation": (costs, _value),
    "forecast_when": (when, _value),
    "forecast_how_many": (how_many, _value),
    "epic_risk": (epics, lambda found: {item["record"]: item["health"] for item in found["items"]}),
    "sprint_risk": (running, _risks),
    "pr_risk": (pulls, _risks),
    "sprint_report": (sprint, _value),
}
"""What no single statement says: how it is found by hand, and which part of the answer is compared."""


@pytest.fixture(scope="module")
async def asked(demo_settings: Settings) -> Any:
    """The demo company with made-up costs, which are taken back at the end."""
    async with open_database(demo_settings, role="owner") as db, db.connect() as connection:
        months = [f"{year}-{month:02}" for year in (2025, 2026) for month in range(1, 13)]
        await connection.execute(text(COSTS), {"months": months})
        rows = await read_rows(connection, datetime(2026, 11, 20, 12, tzinfo=UTC))
        unremembered = replace(await read_coverage(connection, demo_settings), version=None)
        yield Asked(connection, demo_settings, rows, unremembered)
        await connection.rollback()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("metric", sorted(CATALOGUE))
async def test_a_metric_agrees_with_its_second_opinion(metric: str, asked: Asked) -> None:
    """Two ways to the same number: the declared metric, and a statement or loop. A metric without one fails.

    They share nothing with the engine, but for the series behind the verdicts of the scorecard.
    """
    found = await asked.told(metric)
    assert found["status"] == "ok"
    if metric in LOOPS:
        by_hand, picked = LOOPS[metric]
        assert picked(found) == _close(await by_hand(asked))
    else:
        assert found["value"] == _close(await asked.by_hand(metric))


def _close(expected: Any) -> Any:
    """Numbers within a millionth, whatever they are in."""
    if isinstance(expected, dict):
        return {name: _close(part) for name, part in expected.items()}
    if isinstance(expected, tuple):
        return tuple(_close(part) for part in expected)
    return pytest.approx(expected) if isinstance(expected, int | float) else expected
