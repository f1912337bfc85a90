"""Velocity: what a team completed in each of its last closed sprints, in one unit, with the range that plans can lean on."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from statistics import fmean, stdev
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics import sizes
from servers.metrics.compile import parameters, selection, used_parameters
from servers.metrics.coverage import Coverage
from servers.metrics.facts import FACTS
from servers.metrics.plan import Plan
from servers.metrics.result import Point
from servers.metrics.shape import window_document
from servers.metrics.sprints import days_around
from servers.metrics.working_time import working_days
from store.clock import local_date
from store.settings import Settings

SPRINTS = 6
LEAST = 3
SHOWN = 12
"""Sprints in the series: twice as many as the mean is taken over."""
_WORK = """
select f.id, f.name, f.started_at, f.completed_at, coalesce(f.team, f.board) as scale, count(i.id) as items,
  count(i.id) filter (where i.start_points is not null or i.end_points is not null) as estimated,
  count(i.id) filter (where i.done) as done_items, coalesce(sum(i.end_points) filter (where i.done), 0)::float8 as done_points
from {sprints} f left join fact_sprint_issue i on i.sprint_id = f.id
where f.state = 'closed' and f.started_at is not null and f.completed_at < :w_to
group by f.id, f.name, f.started_at, f.completed_at, f.team, f.board order by f.completed_at desc, f.id desc limit :most
"""


async def answer(connection: AsyncConnection, _settings: Settings, plan: Plan, _coverage: Coverage) -> dict[str, Any]:
    """The mean over the last closed sprints of one team, or over those that are named; the series shows twice as many."""
    sql = _WORK.replace("{sprints}", selection(FACTS["sprint"], plan))
    chosen = plan.filter_on("sprint")
    wanted = len(chosen.shown) if chosen else int(plan.params.get("sprints") or SPRINTS)
    values = {**parameters(plan), "most": max(SHOWN, wanted)}
    rows = [dict(row) for row in (await connection.execute(text(plan.seen(sql)), used_parameters(sql, values))).mappings()][::-1]
    if len({row["scale"] for row in rows}) > 1:
        message = "Velocity is one team's own measure: name a team, or group by team."
        return {"status": "not_enough_data", "value": None, "message": message}
    unit = unit_of(rows[-wanted:])
    found = velocity([row[f"done_{unit}"] for row in rows], wanted)
    return found | {"unit": unit, "grain": "sprint", "series": _series(rows, unit), **_about(plan, rows[-wanted:], unit)}


def velocity(completed: Sequence[float], sprints: int = SPRINTS) -> dict[str, Any]:
    """Mean, range and variation (sample deviation over mean) of what the last sprints completed."""
    last = list(completed)[-sprints:]
    if len(last) < LEAST:
        return {"status": "not_enough_data", "value": None, "n": len(last), "needs": LEAST}
    mean = fmean(last)
    return {"status": "ok", "value": mean, "n": len(last), "low": min(last), "high": max(last), "cv": stdev(last) / mean if mean else None}


def unit_of(rows: Sequence[Mapping[str, Any]]) -> str:
    """`points` where at least 80 % of the items of these sprints are estimated (R14)."""
    items, estimated = (sum(row[name] for row in rows) for name in ("items", "estimated"))
    return sizes.unit(items, estimated)


def _series(rows: Sequence[Mapping[str, Any]], unit: str) -> list[Point]:
    return [Point(bucket=row["name"], value=row[f"done_{unit}"], n=row["done_items"]) for row in rows]


def _about(plan: Plan, rows: Sequence[Mapping[str, Any]], unit: str) -> dict[str, Any]:
    """The window of the sprints, and the amount per working day where they were not equally long."""
    if not rows:
        return {}
    window = days_around(rows[0]["started_at"], rows[-1]["completed_at"], plan.tz)
    days = [_working_days(plan, row) for row in rows]
    about: dict[str, Any] = {"window": window_document(window, plan.tz)}
    if max(days) - min(days) <= 1 or not sum(days):
        return about
    warning = f"sprint_length_changed: the sprints lasted {min(days)} to {max(days)} working days; compare by working day."
    return about | {"per_working_day": sum(row[f"done_{unit}"] for row in rows) / sum(days), "warnings": [warning]}


def _working_days(plan: Plan, row: Mapping[str, Any]) -> int:
    first, last = local_date(row["started_at"], plan.tz), local_date(row["completed_at"], plan.tz)
    return working_days(plan.calendar, first, max(last, first + timedelta(days=1)))
