"""Running sprints with what makes them miss, read in one statement and scored by `signals.risk`."""

from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics import sizes
from servers.metrics.coverage import Coverage
from servers.metrics.outlook import History, histories_of_teams, scope_of_plan
from servers.metrics.plan import Plan
from servers.metrics.pr_risks import ranked
from servers.metrics.signals import forecast, odds, risk
from store.clock import local_date
from store.settings import Settings

_SQL = """
with sle as (
  select f.team, percentile_cont(0.85) within group (order by f.done_at - f.start_at) as limit_at from fact_issue f
  where f.level = 'item' and not f.cancelled and f.start_at is not null
    and f.done_at > cast(:at as timestamptz) - interval '90 days' and f.done_at <= :at group by f.team)
select s.id, s.name, s.started_at, s.planned_end_at, s.team, count(x.id) as in_sets,
  count(x.id) filter (where {estimated}) as estimated, count(x.id) filter (where {inside}) as items,
  count(x.id) filter (where {inside} and not ({estimated})) as unestimated, count(x.id) filter (where x.spilled) as remaining_items, {amounts},
  count(x.id) filter (where {running}) as in_progress,
  count(x.id) filter (where {running} and f.start_at < cast(:at as timestamptz) - l.limit_at) as over_sle,
  bool_or(l.limit_at is not null) as has_sle
from fact_sprint s left join fact_sprint_issue x on x.sprint_id = s.id left join fact_issue f on f.id = x.issue_id
left join issue i on i.id = x.issue_id left join sle l on l.team = f.team
where s.state = 'active' and (cast(:team as text[]) is null or s.team = any(:team)) and (cast(:project as text[]) is null or s.project = any(:project))
group by s.id, s.name, s.started_at, s.planned_end_at, s.team order by s.id
"""
_PARTS = {
    "{inside}": "(x.done or x.spilled)",
    "{running}": "x.spilled and f.category = 'in_progress'",
    "{estimated}": "x.start_points is not null or x.end_points is not null",
}
_SETS = {
    "in_scope": ("x.done or x.spilled", "x.end_points"),
    "done": ("x.done", "x.end_points"),
    "committed": ("x.committed", "x.start_points"),
    "added": ("x.added", "x.start_points"),
    "todo": ("x.spilled and f.category = 'todo'", "x.end_points"),
    "blocked": ("x.spilled and (i.flagged or f.status ~* 'blocked')", "x.end_points"),
}
"""The sets of the ledger, each with the size its items have in it, as in the report of a sprint."""
_AMOUNTS = ", ".join(
    f"count(x.id) filter (where {condition}) as {name}_items, coalesce(sum({size}) filter (where {condition}), 0)::float8 as {name}_points"
    for name, (condition, size) in _SETS.items()
)


async def answer(connection: AsyncConnection, settings: Settings, plan: Plan, _coverage: Coverage) -> dict[str, Any]:
    """Every running sprint of the selection, the riskiest first; the value is the highest risk."""
    scope = scope_of_plan(plan)
    asked = {name: scope.parameters()[name] for name in ("team", "project")} | {"at": plan.as_of}
    sql = _SQL.replace("{amounts}", _AMOUNTS)
    for name, condition in _PARTS.items():
        sql = sql.replace(name, condition)
    rows = (await connection.execute(text(plan.seen(sql)), asked)).mappings().all()
    teams = sorted({row["team"] for row in rows if row["team"]})
    histories = await histories_of_teams(connection, settings, teams, plan.as_of, plan.seen)
    return ranked([_assessed(settings, plan, row, histories.get(row["team"])) for row in rows])


def _assessed(settings: Settings, plan: Plan, row: RowMapping, history: History | None) -> dict[str, Any]:
    chance = _chance(settings, row, history)
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
    unit = sizes.unit(row["in_sets"], row["estimated"])
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


def _chance(settings: Settings, row: RowMapping, history: History | None) -> float | None:
    """Probability (0..1) that what remains is done by the planned end, drawn from the team's own history."""
    if row["planned_end_at"] is None or history is None or not forecast.enough(history.counts):
        return None
    days = (local_date(row["planned_end_at"], settings.timezone) - history.last_day).days
    return odds.chance_within(history.counts, row["remaining_items"], max(days, 0))
