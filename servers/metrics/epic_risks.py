"""Open epics with their forecast's health and what else could make them slip."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics.coverage import Coverage
from servers.metrics.epic_list import epic_rows, told_of
from servers.metrics.epic_outlook import epic_outlook
from servers.metrics.outlook import ASSUMED, History, histories_of
from servers.metrics.plan import Plan
from servers.metrics.pr_risks import LISTED
from servers.metrics.signals import risk
from store.clock import local_date
from store.settings import Settings

_WORST = {"off_track": 0, "at_risk": 1, "unknown": 2, "on_track": 3, "done": 4}


async def answer(connection: AsyncConnection, settings: Settings, plan: Plan, _coverage: Coverage) -> dict[str, Any]:
    """Every open epic of the selection, the worst first; the value is the number that are off track or at risk."""
    rows = await epic_rows(connection, plan)
    if not rows:
        return {"status": "no_denominator", "value": None, "n": 0, "items": []}
    histories = await histories_of(connection, settings, [row["epic"] for row in rows], plan.as_of, plan.seen)
    items = [_assessed(settings, plan, row, histories[row["epic"]]) for row in rows]
    items.sort(key=lambda item: (_WORST[item["health"]], -len(item["reasons"]), item["record"]))
    health = {name: sum(item["health"] == name for item in items) for name in _WORST}
    return {
        "status": "ok",
        "value": health["off_track"] + health["at_risk"],
        "n": len(items),
        "health": {name: count for name, count in health.items() if count},
        "items": items[:LISTED],
        "warnings": [ASSUMED],
    }


def _assessed(settings: Settings, plan: Plan, row: Mapping[str, Any], history: History) -> dict[str, Any]:
    told = told_of(row)
    left = told["remaining_items"]
    seen = epic_outlook(settings, history, left, row["target_at"])
    quiet_since = row["last_done_at"] or row["begun_at"]
    state = {
        "health": seen.get("health"),
        "scope_growth": told["scope_growth"],
        "days_since_done": (plan.as_of - quiet_since).total_seconds() / 86_400 if quiet_since else None,
        "remaining": left,
        "done": row["done_items"],
        "unestimated": row["unestimated"],
        "in_progress_over_sle": row["over_sle"],
        "target": row["target_at"],
    }
    about = {"record": row["epic"], "title": row["title"], "team": row["team"], "remaining": left, "url": row["url"]}
    dates = seen.get("value") or {}
    about |= {
        "target": str(local_date(row["target_at"], settings.timezone)) if row["target_at"] else None,
        "p50": dates.get("p50"),
        "p85": dates.get("p85"),
    }
    return about | {"probability_on_time": seen.get("probability_on_time")} | risk.epic_risk(state)
