"""Open epics with their forecast's health and what else could make them slip."""

from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics.compile import parameters, used_parameters
from servers.metrics.coverage import Coverage
from servers.metrics.epic_outlook import epic_outlook
from servers.metrics.plan import Plan
from servers.metrics.pr_risks import LISTED
from servers.metrics.signals import risk
from store.clock import local_date
from store.settings import Settings

_SQL = """
with epic as (
  select e.*, coalesce(i.target_at, i.original_target_at) as target_at from fact_issue e join issue i on i.id = e.id
  where e.level = 'epic' and not e.cancelled and (e.done_at is null or e.done_at > :as_of) and e.created_at <= :as_of and {conditions}),
sle as (
  select f.team, percentile_cont(0.85) within group (order by f.done_at - f.start_at) as limit_at from fact_issue f
  where f.level = 'item' and not f.cancelled and f.start_at is not null
    and f.done_at > cast(:as_of as timestamptz) - interval '90 days' and f.done_at <= :as_of group by f.team),
begun as (
  select c.epic, min(c.start_at) + interval '14 days' as baseline_at from fact_issue c
  where c.epic in (select key from epic) and c.level = 'item' group by c.epic)
select e.key, e.title, e.url, e.team, e.target_at, b.baseline_at - interval '14 days' as begun_at,
  count(c.id) filter (where {live}) as items, count(c.id) filter (where {live} and {done}) as done_items,
  count(c.id) filter (where {live} and not {done}) as remaining,
  count(c.id) filter (where {live} and not {done} and c.points is null) as unestimated,
  count(c.id) filter (where {live} and c.category = 'in_progress' and c.start_at < cast(:as_of as timestamptz) - l.limit_at) as over_sle,
  max(c.done_at) filter (where {live} and {done}) as last_done_at,
  count(c.id) filter (where c.created_at <= b.baseline_at) as baseline_items, b.baseline_at <= :as_of as has_baseline
from epic e left join begun b on b.epic = e.key left join fact_issue c on c.epic = e.key and c.level = 'item' and c.created_at <= :as_of
left join sle l on l.team = c.team
group by e.key, e.title, e.url, e.team, e.target_at, b.baseline_at order by e.target_at nulls last, e.key
"""
_LIVE, _DONE = "not c.cancelled", "(c.done_at is not null and c.done_at <= :as_of)"
_WORST = {"off_track": 0, "at_risk": 1, "unknown": 2, "on_track": 3, "done": 4}


async def answer(connection: AsyncConnection, settings: Settings, plan: Plan, _coverage: Coverage) -> dict[str, Any]:
    """Every open epic of the selection, the worst first; the value is the number that are off track or at risk."""
    sql = _SQL.replace("{live}", _LIVE).replace("{done}", _DONE).replace("{conditions}", _conditions(plan))
    rows = (await connection.execute(text(sql), used_parameters(sql, parameters(plan)))).mappings().all()
    if not rows:
        return {"status": "no_denominator", "value": None, "n": 0, "items": []}
    items = [await _assessed(connection, settings, plan, row) for row in rows]
    items.sort(key=lambda item: (_WORST[item["health"]], -len(item["reasons"]), item["record"]))
    health = {name: sum(item["health"] == name for item in items) for name in _WORST}
    return {
        "status": "ok",
        "value": health["off_track"] + health["at_risk"],
        "n": len(items),
        "health": {name: count for name, count in health.items() if count},
        "items": items[:LISTED],
        "warnings": ["The forecast takes today's scope and pace; absences and new work are not foreseen."],
    }


def _conditions(plan: Plan) -> str:
    """An epic's own team, project or key; epics have no parent epic."""
    columns = {"team": "e.team", "project": "e.project", "epic": "e.key", "initiative": "e.initiative"}
    return " and ".join(["true", *(f"{columns[chosen.dimension]} = any(:keys_{chosen.dimension})" for chosen in plan.filters)])


async def _assessed(connection: AsyncConnection, settings: Settings, plan: Plan, row: RowMapping) -> dict[str, Any]:
    seen = await epic_outlook(connection, settings, plan.as_of, epic=row["key"], remaining=row["remaining"], target_at=row["target_at"])
    quiet_since = row["last_done_at"] or row["begun_at"]
    state = {
        "health": seen.get("health"),
        "scope_growth": row["items"] / row["baseline_items"] - 1 if row["has_baseline"] and row["baseline_items"] else None,
        "days_since_done": (plan.as_of - quiet_since).total_seconds() / 86_400 if quiet_since else None,
        "remaining": row["remaining"],
        "done": row["done_items"],
        "unestimated": row["unestimated"],
        "in_progress_over_sle": row["over_sle"],
        "target": row["target_at"],
    }
    about = {"record": row["key"], "title": row["title"], "team": row["team"], "remaining": row["remaining"], "url": row["url"]}
    dates = seen.get("value") or {}
    about |= {
        "target": str(local_date(row["target_at"], settings.timezone)) if row["target_at"] else None,
        "p50": dates.get("p50"),
        "p85": dates.get("p85"),
    }
    return about | {"probability_on_time": seen.get("probability_on_time")} | risk.epic_risk(state)
