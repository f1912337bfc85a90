"""How long something took, in SQL: by the calendar or inside working time."""

import re
from datetime import datetime
from typing import Any

from servers.metrics.plan import Plan
from servers.metrics.working_time import days_over, working_spans

_ELAPSED = re.compile(r"elapsed\((?P<start>[^;()]*); (?P<end>[^;()]*)\)")


def with_clock(plan: Plan, sql: str) -> str:
    """The fragment with `elapsed(a; b)` and `{day_hours}` filled in for the clock of the plan."""
    sql = sql.replace("{day_hours}", str(plan.calendar.hours_per_day if plan.clock == "business" else 24))
    sql = _ELAPSED.sub(lambda match: _elapsed(plan, match["start"], match["end"]), sql)
    return sql.replace("extract(epoch from ", "date_part('epoch', ")  # the same as a float: numeric takes four times as long


def day_params(plan: Plan, start: datetime, end: datetime) -> dict[str, Any]:
    """The working days of a span, where rows are made day by day."""
    if ":day_names" not in plan.metric.fact.relation:
        return {}
    days = days_over(plan.calendar, plan.tz, start, end)
    lists = {f"day_{name}": [day[place] for day in days] for place, name in enumerate(("names", "starts", "ends"))}
    return lists | {"day_numbers": list(range(1, len(days) + 1))}


def clock_params(plan: Plan) -> dict[str, Any]:
    """The working spans, where the business clock is asked for."""
    if plan.clock != "business":
        return {}
    spans = working_spans(plan.calendar, min(plan.window.start, plan.compare.start if plan.compare else plan.window.start), plan.as_of)
    return {"wt_opens": list(spans.opens), "wt_closes": list(spans.closes), "wt_before": list(spans.hours_before)}


def _elapsed(plan: Plan, start: str, end: str) -> str:
    """Hours from `start` to `end`: of the calendar, or only inside working time (a prefix sum, so no row is expanded)."""
    if plan.clock != "business":
        return f"(extract(epoch from {end} - {start}) / 3600)"
    return f"case when {start} is not null and {end} is not null then greatest({_worked(end)} - {_worked(start)}, 0) end"


def _worked(instant: str) -> str:
    place = f"width_bucket({instant}, cast(:wt_opens as timestamptz[]))"
    into = f"extract(epoch from least({instant}, (cast(:wt_closes as timestamptz[]))[{place}]) - (cast(:wt_opens as timestamptz[]))[{place}]) / 3600"
    return f"coalesce((cast(:wt_before as float8[]))[{place}] + {into}, 0)"
