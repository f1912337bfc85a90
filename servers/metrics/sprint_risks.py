"""Running sprints with what makes them miss, read in one statement and scored by `signals.risk`."""

from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics.coverage import Coverage
from servers.metrics.outlook import Scope, history_of, scope_of_plan
from servers.metrics.plan import Plan
from servers.metrics.pr_risks import ranked
from servers.metrics.signals import forecast, odds, risk
from store.clock import local_date
from store.settings import Settings

ESTIMATED = 0.8
"""From this share of estimated items on, amounts are points (R14)."""
_SQL = """
with stay as (
  select distinct on (s.sprint_id, s.issue_id) s.sprint_id, s.issue_id, s.added_at, s.removed_at
  from sprint_issue s join sprint p on p.id = s.sprint_id where p.state = 'active' and s.added_at <= :at
  order by s.sprint_id, s.issue_id, s.added_at desc),
item as (
  select p.id as sprint_id, f.*, i.flagged, s.added_at > p.started_at as joined_later,
    s.removed_at is null and not f.cancelled as inside, f.done_at is not null and f.done_at <= :at as finished
  from stay s join sprint p on p.id = s.sprint_id join fact_issue f on f.id = s.issue_id join issue i on i.id = f.id
  where f.level = 'item' and (f.done_at is null or p.started_at is null or f.done_at >= p.started_at)),
sle as (
  select f.team, percentile_cont(0.85) within group (order by f.done_at - f.start_at) as limit_at from fact_issue f
  where f.level = 'item' and not f.cancelled and f.start_at is not null
    and f.done_at > cast(:at as timestamptz) - interval '90 days' and f.done_at <= :at group by f.team)
select p.id, p.name, p.started_at, p.planned_end_at, coalesce(t.key, mode() within group (order by x.team)) as team,
  mode() within group (order by x.project) as project,
  count(*) filter (where x.inside) as items, count(*) filter (where x.inside and x.points is null) as unestimated,
  count(*) filter (where x.inside and not x.finished) as remaining_items, {amounts},
  count(*) filter (where x.inside and x.category = 'in_progress') as in_progress,
  count(*) filter (where x.inside and x.category = 'in_progress' and x.start_at < cast(:at as timestamptz) - l.limit_at) as over_sle,
  bool_or(l.limit_at is not null) as has_sle
from sprint p join item x on x.sprint_id = p.id left join team t on t.id = p.team_id left join sle l on l.team = x.team
where (cast(:team as text[]) is null or coalesce(t.key, x.team) = any(:team)) and (cast(:project as text[]) is null or x.project = any(:project))
group by p.id, p.name, p.started_at, p.planned_end_at, t.key order by p.id
"""
_SETS = {
    "in_scope": "x.inside",
    "done": "x.inside and x.finished",
    "committed": "not x.joined_later",
    "added": "x.joined_later",
    "todo": "x.inside and x.category = 'todo'",
    "blocked": "x.inside and not x.finished and (x.flagged or x.status ~* 'blocked')",
}
_AMOUNTS = ", ".join(
    f"count(*) filter (where {condition}) as {name}_items, coalesce(sum(x.points) filter (where {condition}), 0)::float8 as {name}_points"
    for name, condition in _SETS.items()
)


async def answer(connection: AsyncConnection, settings: Settings, plan: Plan, _coverage: Coverage) -> dict[str, Any]:
    """Every running sprint of the selection, the riskiest first; the value is the highest risk."""
    scope = scope_of_plan(plan)
    asked = {name: scope.parameters()[name] for name in ("team", "project")} | {"at": plan.as_of}
    rows = (await connection.execute(text(_SQL.replace("{amounts}", _AMOUNTS)), asked)).mappings().all()
    return ranked([await _assessed(connection, settings, plan, row) for row in rows])


async def _assessed(connection: AsyncConnection, settings: Settings, plan: Plan, row: RowMapping) -> dict[str, Any]:
    chance = await _chance(connection, settings, plan, row)
    state = state_of(row, chance)
    about = {
        "record": row["name"],
        "team": row["team"],
        "unit": state["unit"],
        "p_finish": chance,
        "ends": str(row["planned_end_at"] or "")[:10],
    }
    return about | risk.sprint_risk(state, plan.as_of)


def state_of(row: RowMapping, chance: float | None) -> dict[str, Any]:
    """The state of a sprint as it is scored: points where enough items are estimated, else items."""
    unit = "points" if row["items"] and row["unestimated"] <= (1 - ESTIMATED) * row["items"] else "items"
    amounts = {f"points_{name}": row[f"{name}_{unit}"] for name in _SETS}
    return amounts | {
        "unit": unit,
        "started_at": row["started_at"],
        "planned_end_at": row["planned_end_at"],
        "in_progress": row["in_progress"],
        "in_progress_over_sle": row["over_sle"] if row["has_sle"] else None,
        "items": row["items"],
        "items_unestimated": row["unestimated"],
        "p_finish": chance,
    }


async def _chance(connection: AsyncConnection, settings: Settings, plan: Plan, row: RowMapping) -> float | None:
    """Probability (0..1) that what remains is done by the planned end, drawn from the team's own history."""
    if row["planned_end_at"] is None or row["team"] is None:
        return None
    history = await history_of(connection, settings, Scope(team=[row["team"]]), plan.as_of)
    if not forecast.enough(history.counts):
        return None
    days = (local_date(row["planned_end_at"], settings.timezone) - history.last_day).days
    return odds.chance_within(history.counts, row["remaining_items"], max(days, 0))
