"""Cutting a window into days, weeks, months or quarters of local time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from servers.metrics.calendar_units import step, unit_start
from store.clock import Window, local_date, local_midnight

Grain = Literal["day", "week", "month", "quarter", "sprint", "total"]
CALENDAR_GRAINS: tuple[Literal["day", "week", "month", "quarter"], ...] = ("day", "week", "month", "quarter")


@dataclass(frozen=True)
class Bucket:
    """One unit of the calendar, or the part of it that lies in the window; or one sprint.

    `label` is the local day on which the whole unit begins, or the name of the sprint; `cut` says that the window holds only a part of it;
    `key`: which sprint.
    """

    label: date | str
    start: datetime
    end: datetime
    cut: bool
    key: str = ""


def buckets(window: Window, grain: Grain, tz: str | None = None, fiscal_year_start_month: int = 1) -> list[Bucket]:
    """The units of `grain` that cover the window, without gap or overlap; boundaries are local midnights, so days may have 23 or 25 hours."""
    if grain == "total" or grain == "sprint" or window.start == window.end:
        return []
    zone = tz or window.tz
    first = unit_start(local_date(window.start, zone), grain, fiscal_year_start_month)
    found = []
    while (start := local_midnight(first, zone)) < window.end:
        following = step(first, grain)
        end = local_midnight(following, zone)
        if end > window.start:
            found.append(Bucket(first, max(start, window.start), min(end, window.end), start < window.start or end > window.end))
        first = following
    return found


def default_grain(window: Window, allowed: Collection[str] = CALENDAR_GRAINS) -> Grain:
    """Day up to 14 days, week up to 26 weeks, month above; never finer than the metric allows."""
    days = window.duration.total_seconds() / 86400
    wished = 0 if days <= 14.05 else 1 if days <= 26 * 7 + 0.05 else 2
    return next((grain for grain in CALENDAR_GRAINS[wished:] if grain in allowed), "total")
