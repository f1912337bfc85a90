"""Epics one by one: how far each is, how its scope grew, and when it will be done."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics import sizes
from servers.metrics.compile import parameters, selection, used_parameters
from servers.metrics.engine import measure_on
from servers.metrics.epic_outlook import epic_outlook
from servers.metrics.facts import FACTS
from servers.metrics.outlook import History, histories_of
from servers.metrics.plan import Plan
from servers.metrics.planning import plan_on
from servers.metrics.question import Question
from store.clock import local_date
from store.database import Database
from store.settings import Settings

LISTED = 30
"""Epics in one list, those that are furthest from done first."""
_SQL = """
with sle as (
  select f.team, percentile_cont(0.85) within group (order by f.done_at - f.start_at) as limit_at from fact_issue f
  where f.level = 'item' and not f.cancelled and f.start_at is not null
    and f.done_at > cast(:as_of as timestamptz) - interval '90 days' and f.done_at <= :as_of group by f.team)
select e.key as epic, e.title, e.url, e.team, coalesce(e.target_at, e.original_target_at) as target_at, e.begun_at,
  count(*) filter (where {live} and not coalesce({done}, false) and i.points is null) as unestimated,
  count(*) filter (where {live} and c.category = 'in_progress' and c.start_at < cast(:as_of as timestamptz) - l.limit_at) as over_sle,
  max(i.done_at) filter (where {live} and {done}) as last_done_at,
  count(*) filter (where {live}) as items, count(*) filter (where {live} and i.points is not null) as estimated,
  count(*) filter (where {live} and {done}) as done_items, count(*) filter (where {was}) as was_items,
  coalesce(sum(i.points) filter (where {live}), 0)::float8 as points, coalesce(sum(i.points) filter (where {live} and {done}), 0)::float8 as done_points,
  coalesce(sum(i.points) filter (where {was}), 0)::float8 as was_points, count(distinct coalesce(i.item_team, i.project)) as scales,
  e.baseline_at <= :as_of as has_baseline
from {epics} e left join fact_epic_item i on i.epic_id = e.id left join fact_issue c on c.id = i.id left join sle l on l.team = c.team
where e.created_at <= :as_of and (:epic_named or e.done_at is null or e.done_at > :as_of)
group by e.id, e.key, e.title, e.url, e.team, e.target_at, e.original_target_at, e.begun_at, e.baseline_at
"""
_SETS = {
    "{live}": "i.joined_at <= :as_of and (i.left_at is null or i.left_at > :as_of)",
    "{done}": "i.done_at <= :as_of",
    "{was}": "i.joined_at <= e.baseline_at and (i.left_at is null or i.left_at > e.baseline_at)",
}


async def epic_progress(db: Database, settings: Settings, filters: Mapping[str, str]) -> dict[str, Any]:
    """The progress of the selection as one number, and every epic of it with what remains, growth, dates and health."""
    question = Question("epic_progress", filters=filters, grain="total")
    async with db.connect() as connection:
        document = (await measure_on(connection, settings, question)).document()
        plan = await plan_on(connection, settings, question)
        epics = await _epics(connection, settings, plan)
    more = (
        [f"not_all_listed: {len(epics)} epics match, the {LISTED} that are furthest from done are listed."] if len(epics) > LISTED else []
    )
    return document | {"epics": epics[:LISTED], "warnings": [*document["warnings"], *more]}


async def epic_rows(connection: AsyncConnection, plan: Plan) -> list[dict[str, Any]]:
    """The open epics of the selection, or those it names, with their sums; `told_of` reads a row."""
    sql = _SQL.replace("{epics}", selection(FACTS["epic"], plan))
    for name, condition in _SETS.items():
        sql = sql.replace(name, condition)
    found = await connection.execute(text(plan.seen(sql)), used_parameters(sql, parameters(plan)))
    return [dict(row) for row in found.mappings()]


async def _epics(connection: AsyncConnection, settings: Settings, plan: Plan) -> list[dict[str, Any]]:
    rows = await epic_rows(connection, plan)
    told = sorted((told_of(row) | {"target_at": row["target_at"]} for row in rows), key=_furthest)
    histories = await histories_of(connection, settings, [epic["epic"] for epic in told[:LISTED]], plan.as_of)
    return [*(_foreseen(settings, epic, histories[epic["epic"]]) for epic in told[:LISTED]), *told[LISTED:]]


def _furthest(epic: Mapping[str, Any]) -> tuple[bool, float, str]:
    return epic["progress"] is None, epic["progress"] or 0.0, epic["epic"]


def told_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """One epic in its own unit (`done`, `total` and their ratios): points where enough is estimated and all of it is one team's, else items."""
    points = sizes.unit(row["items"], row["estimated"]) == "points" and row["scales"] == 1
    total, done, was = (row[f"{name}points" if points else f"{name}items"] for name in ("", "done_", "was_"))
    return {
        "epic": row["epic"],
        "title": row["title"],
        "team": row["team"],
        "progress": done / total if total else None,
        "done": done,
        "total": total,
        "unit": "points" if points else "items",
        "remaining_items": row["items"] - row["done_items"],
        "scope_growth": total / was - 1 if row["has_baseline"] and was else None,
        "url": row["url"],
    }


def _foreseen(settings: Settings, epic: dict[str, Any], history: History) -> dict[str, Any]:
    """The epic with its target, the days at 50 and 85 % certainty, and whether they fit."""
    target_at = epic.pop("target_at")
    seen = epic_outlook(settings, history, epic["remaining_items"], target_at)
    dates = seen.get("value") or {}
    target = str(local_date(target_at, settings.timezone)) if target_at else None
    return epic | {"target": target, "p50": dates.get("p50"), "p85": dates.get("p85"), "health": seen.get("health")}
