"""What is meant when it is not said: windows, comparisons, grains (questions_conventions: a named period always wins)."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agents.keyless import shape
from agents.keyless.periods import Found
from agents.keyless.reading import Reading
from agents.keyless.rules import DAILY, MONTHLY, SNAPSHOTS, SPRINT_METRICS
from agents.plan import Grain, Intent, PlanCompare, PlanPeriod
from servers.metrics.periods import Period, PeriodError, comparison_window, resolve_period


@dataclass(frozen=True)
class Calendar:
    """What words of time are read against."""

    now: datetime
    tz: str = "UTC"
    fiscal_year_start_month: int = 1

    def resolve(self, value: str) -> Period:
        """The period of a value; PeriodError when it has not begun."""
        return resolve_period(value, now=self.now, tz=self.tz, fiscal_year_start_month=self.fiscal_year_start_month)


def shown(period: Period, value: str, *, default: bool = False) -> PlanPeriod:
    """A resolved period as the plan shows it."""
    start, end = bound(period.window.start), bound(period.window.end)
    return PlanPeriod(value=value, to_date=period.to_date, default=default, **{"from": start, "to": end})


def bound(instant: datetime) -> str:
    """A date at midnight, else an ISO instant."""
    return (
        instant.date().isoformat() if instant.hour == instant.minute == instant.second == 0 else instant.isoformat().replace("+00:00", "Z")
    )


def main_and_other(found: list[Found]) -> tuple[Found | None, Found | None]:
    """The window that is asked for and the one it is held against, when two are named: the later one is the main one."""
    named = [f for f in found if f.role in ("main", "split")]
    before = next((f for f in found if f.role in ("before", "year_ago")), None)
    if len(named) > 1:
        return named[0], named[1]
    if named:
        return named[0], before
    if before and before.role == "before" and before.value != "previous":
        return before, None
    return None, before


def order(one: Found, other: Found, calendar: Calendar) -> tuple[Found, Found]:
    """The later window first."""
    try:
        return (one, other) if calendar.resolve(one.value).window.start >= calendar.resolve(other.value).window.start else (other, one)
    except PeriodError:
        return one, other


def default_period(reading: Reading, intent: Intent, metrics: list[str], comparing: Found | None) -> str | None:
    """The window that a question without one means; None for snapshots and sprints."""
    grain = shape.grain_of(reading.text)
    if intent is Intent.BRIEFING:
        return {"week": "last_week", "month": "last_month", "quarter": "last_quarter"}.get(
            grain or "", "last_quarter" if re.search(r"board|ceo|executive|management", reading.text) else "last_week"
        )
    if intent is Intent.ANOMALY:
        return "last_26_weeks"
    if comparing is not None and comparing.role == "year_ago":
        return "last_quarter"
    if (metrics and set(metrics) <= SNAPSHOTS and intent is not Intent.TREND) or (metrics and set(metrics) <= SPRINT_METRICS):
        return None
    if intent in (Intent.TREND, Intent.VALUE, Intent.BREAKDOWN):
        return {"month": "last_6_months", "quarter": "last_4_quarters"}.get(grain or "", "last_90_days")
    return "last_90_days"


def grain_for(reading: Reading, intent: Intent, metrics: list[str], period: Period | None) -> Grain | None:
    """The bucket size: the one named, else by the length of the window; never finer than the metric allows."""
    if metrics and set(metrics) <= SPRINT_METRICS:
        return "sprint"
    if intent is Intent.ANOMALY:
        named = shape.grain_of(reading.text)
        return named if named in ("week", "month") else ("month" if metrics and set(metrics) <= MONTHLY else "week")
    if intent is not Intent.TREND:
        return None
    return allowed(shape.grain_of(reading.text) or by_length(period), metrics)


def by_length(period: Period | None) -> Grain:
    """Day up to 14 days, week up to 26 weeks, month above."""
    days = period.window.duration.total_seconds() / 86400 if period else 90
    return "day" if days <= 14 else "week" if days <= 26 * 7 else "month"


def allowed(grain: Grain, metrics: list[str]) -> Grain:
    """The grain, or the finest that all the metrics allow."""
    if set(metrics) & MONTHLY and grain in ("day", "week"):
        return "month"
    return "week" if grain == "day" and set(metrics) - DAILY else grain


def compared(other: Found | None, main: Period, calendar: Calendar, *, improving: bool) -> PlanCompare | None:
    """The comparison as query_metric takes it, with its window."""
    if other is None and not improving:
        return None
    kind, value = comparison_kind(other, main, calendar)
    window = comparison_window(main, value)
    return PlanCompare(kind=kind, value=value, **({"from": bound(window.start), "to": bound(window.end)} if window else {}))


def comparison_kind(
    other: Found | None, main: Period, calendar: Calendar
) -> tuple[Literal["previous", "to_date", "year_ago", "period"], str]:
    """`previous`, `to_date`, `year_ago` or a period of its own."""
    if other is None or other.role == "before":
        return ("to_date", "to_date") if main.to_date and main.unit else ("previous", "previous")
    if other.role == "year_ago":
        return "year_ago", "year_ago"
    against = calendar.resolve(other.value)
    elapsed = comparison_window(main, "to_date")
    if main.to_date and main.unit and against.unit == main.unit and elapsed is not None and elapsed.start == against.window.start:
        return "to_date", "to_date"
    return "period", other.value
