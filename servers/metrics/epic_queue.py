"""In which order to work on open epics: cost of delay per week over the weeks that remain (CD3), the dearest wait first."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics.compile import parameters, selection, used_parameters
from servers.metrics.epic_outlook import epic_outlook
from servers.metrics.outlook import History, Scope, histories_of, remaining_items
from servers.metrics.plan import Plan
from store.settings import Settings

FORECAST = 20
"""Epics that are forecast: those whose week of delay costs most."""


async def queue(connection: AsyncConnection, settings: Settings, plan: Plan) -> dict[str, Any]:
    """Open epics with what a week of delay costs, the weeks they still need (half of the trials are done by then) and CD3; null where unknown."""
    rows = selection(plan.metric.fact, plan)
    sql = (
        f"select f.key, f.title, f.cod_per_week from {rows} f where f.cod_per_week is not null and f.created_at <= :as_of "
        "and (f.done_at is null or f.done_at > :as_of) order by f.cod_per_week desc, f.key limit :most"
    )
    sql = plan.seen(sql)
    found = (await connection.execute(text(sql), used_parameters(sql, {**parameters(plan), "most": FORECAST}))).all()
    histories = await histories_of(connection, settings, [row.key for row in found], plan.as_of, plan.seen)
    entries = [await _entry(connection, settings, plan, row, histories[row.key]) for row in found]
    return {"queue": sorted(entries, key=lambda entry: (entry["cd3"] is None, -(entry["cd3"] or 0), entry["epic"]))}


async def _entry(connection: AsyncConnection, settings: Settings, plan: Plan, row: Any, history: History) -> dict[str, Any]:
    left = await remaining_items(connection, Scope(epic=[row.key]), plan.as_of, plan.seen)
    weeks = epic_outlook(settings, history, left).get("weeks")
    cd3 = row.cod_per_week / weeks if weeks else None
    return {"epic": row.key, "title": row.title, "cod_per_week": row.cod_per_week, "remaining_weeks": weeks, "cd3": cd3}
