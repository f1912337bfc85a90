"""Periods in words: from `last_quarter` or `2026-Q3` to a half-open window, and to the window it is compared with."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from servers.metrics.calendar_units import UNITS, Unit, add_months, fiscal_part_start, step, unit_start
from store.clock import Window, local_date, local_midnight
from store.errors import InvalidQuestion

DEFAULT_PERIOD = "last_90_days"
COMPARISONS = ("previous", "to_date", "year_ago", "none")


class PeriodError(InvalidQuestion):
    """A period cannot be understood, or lies in the future."""


@dataclass(frozen=True)
class Period:
    """A window with the name it was asked by.

    `to_date`: it runs up to now; `unit` and `count`: it is made of that many calendar units; `now` and the fiscal year are kept for comparisons.
    """

    window: Window
    label: str
    to_date: bool
    now: datetime
    unit: Unit | None = None
    count: int = 1
    fiscal_year_start_month: int = 1


@dataclass(frozen=True)
class _Context:
    now: datetime
    tz: str
    fiscal: int

    @property
    def today(self) -> date:
        return local_date(self.now, self.tz)

    def period(self, label: str, first: date, last_exclusive: date, unit: Unit | None = None, count: int = 1) -> Period:
        """The period of these local days, cut at now when it still runs."""
        start, end = local_midnight(first, self.tz), local_midnight(last_exclusive, self.tz)
        if start > self.now:
            raise PeriodError(f"{label} has not begun yet; ask for a forecast, or for a period that has begun.")
        running = end > self.now
        return Period(Window(start, min(end, self.now), self.tz), label, running, self.now, unit, count, self.fiscal)


def instant_of(text: str, tz: str) -> datetime:
    """A date (its local midnight) or an ISO instant.

    Raises:
        PeriodError: it is neither.
    """
    try:
        if len(text) == len("2026-01-01"):
            return local_midnight(date.fromisoformat(text), tz)
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise PeriodError(f"{text[:40]!r} is neither a date (2026-07-01) nor an ISO instant.") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo(tz))


def resolve_period(text: str | None, *, now: datetime, tz: str, fiscal_year_start_month: int = 1) -> Period:
    """The window that a period word means at `now` in zone `tz`.

    Raises:
        PeriodError: the word is not one of the known forms, or the period has not begun.
    """
    word = (text or DEFAULT_PERIOD).strip()
    context = _Context(now, tz, fiscal_year_start_month)
    for pattern, read in FORMS:
        if match := re.fullmatch(pattern, word, re.IGNORECASE):
            return _read(read, context, match)
    raise PeriodError(
        f"The period {word!r} is unknown; use one such as last_90_days, last_quarter, this_month, qtd, 2026-Q3, 2026-09, "
        "since:2026-09-01 or 2026-07-01..2026-09-30."
    )


def period_of_window(window: Window, *, now: datetime, fiscal_year_start_month: int = 1) -> Period:
    """The period of explicit bounds; whole months are recognised, so that their predecessors are whole months too."""
    first, last = local_date(window.start, window.tz), local_date(window.end, window.tz)
    label = f"{first}..{last - timedelta(days=1)}"
    period = Period(window, label, window.end >= now, now, None, 1, fiscal_year_start_month)
    months = (last.year - first.year) * 12 + last.month - first.month
    if _at_midnights(window) and first.day == last.day == 1 and months > 0:
        return replace(period, unit="month", count=months)
    return period


def comparison_window(period: Period, compare: str | None) -> Window | None:
    """The window to compare with: previous, to_date, year_ago, none, or any period word."""
    word = (compare or "none").strip().lower()
    if word == "none":
        return None
    if word in ("previous", "to_date"):
        return _previous(period)
    if word == "year_ago":
        return _year_ago(period)
    return resolve_period(compare, now=period.now, tz=period.window.tz, fiscal_year_start_month=period.fiscal_year_start_month).window


def _read(read: "Reader", context: _Context, match: re.Match[str]) -> Period:
    try:
        return read(context, match)
    except (ValueError, OverflowError) as error:
        raise PeriodError(f"The period {match.string!r} is not a date that exists.") from error


def _previous(period: Period) -> Window:
    window = period.window
    if period.unit is None:
        return _before(window)
    first = local_date(window.start, window.tz)
    start = local_midnight(step(first, period.unit, -period.count), window.tz)
    if not period.to_date:
        return Window(start, window.start, window.tz)
    return Window(start, min(_shifted(window.end, first, local_date(start, window.tz), window.tz), window.start), window.tz)


def _shifted(instant: datetime, old_anchor: date, new_anchor: date, tz: str) -> datetime:
    """`instant` at the same distance in local days and hours from another day."""
    day = local_date(instant, tz)
    into_day = instant - local_midnight(day, tz)
    return local_midnight(new_anchor + (day - old_anchor), tz) + into_day


def _before(window: Window) -> Window:
    if not _at_midnights(window):
        return Window(window.start - window.duration, window.start, window.tz)
    first, last = local_date(window.start, window.tz), local_date(window.end, window.tz)
    return Window(local_midnight(first - (last - first), window.tz), window.start, window.tz)


def _year_ago(period: Period) -> Window:
    window = period.window
    first, last = local_date(window.start, window.tz), local_date(window.end, window.tz)
    start, end = (
        _shifted(instant, day, day - timedelta(weeks=52) if period.unit == "week" else add_months(day, -12), window.tz)
        for instant, day in ((window.start, first), (window.end, last))
    )
    return Window(start, end, window.tz)


def _at_midnights(window: Window) -> bool:
    return all(local_midnight(local_date(instant, window.tz), window.tz) == instant for instant in (window.start, window.end))


Reader = Callable[[_Context, "re.Match[str]"], Period]


def _day(context: _Context, match: re.Match[str]) -> Period:
    first = context.today - timedelta(days=1 if match.string.lower() == "yesterday" else 0)
    return context.period(match.string, first, first + timedelta(days=1), "day")


def _hours(context: _Context, match: re.Match[str]) -> Period:
    start = context.now - timedelta(hours=int(match["n"]))
    return Period(Window(start, context.now, context.tz), match.string, True, context.now, None, 1, context.fiscal)


def _last(context: _Context, match: re.Match[str]) -> Period:
    unit = UNITS[match["unit"].lower()]
    count = int(match["n"] or 1)
    if count < 1:
        raise ValueError(match.string)
    end = unit_start(context.today, unit, context.fiscal)
    return context.period(match.string, step(end, unit, -count), end, None if unit == "day" else unit, count)


def _this(context: _Context, match: re.Match[str]) -> Period:
    return _running(context, match.string, match["unit"].lower())


def _to_date(context: _Context, match: re.Match[str]) -> Period:
    return _running(context, match.string, {"w": "week", "m": "month", "q": "quarter", "y": "year"}[match.string[0].lower()])


def _running(context: _Context, label: str, unit: str) -> Period:
    known = UNITS[unit]
    first = unit_start(context.today, known, context.fiscal)
    return context.period(label, first, step(first, known), known)


def _year(context: _Context, match: re.Match[str]) -> Period:
    first = date(int(match["year"]), 1, 1)
    return context.period(match.string, first, step(first, "year"), "year")


def _part(context: _Context, match: re.Match[str]) -> Period:
    unit: Unit = "quarter" if match["part"].upper() == "Q" else "half"
    first = fiscal_part_start(int(match["year"]), unit, int(match["n"]), context.fiscal)
    return context.period(match.string, first, step(first, unit), unit)


def _month(context: _Context, match: re.Match[str]) -> Period:
    first = date(int(match["year"]), int(match["month"]), 1)
    return context.period(match.string, first, step(first, "month"), "month")


def _week(context: _Context, match: re.Match[str]) -> Period:
    first = date.fromisocalendar(int(match["year"]), int(match["n"]), 1)
    return context.period(match.string, first, step(first, "week"), "week")


def _one_day(context: _Context, match: re.Match[str]) -> Period:
    first = date.fromisoformat(match.string)
    return context.period(match.string, first, first + timedelta(days=1), "day")


def _since(context: _Context, match: re.Match[str]) -> Period:
    first = _bound(context, match["start"]).window.start
    if first > context.now:
        raise PeriodError(f"{match.string} has not begun yet; ask for a forecast, or for a period that has begun.")
    return Period(Window(first, context.now, context.tz), match.string, True, context.now, None, 1, context.fiscal)


def _range(context: _Context, match: re.Match[str]) -> Period:
    """From the first day of one bound to the last day of the other, both included."""
    start, end = _bound(context, match["start"]).window.start, _bound(context, match["end"]).window.end
    if start > context.now:
        raise PeriodError(f"{match.string} has not begun yet; ask for a forecast, or for a period that has begun.")
    if end <= start:
        raise PeriodError(f"The period {match.string!r} ends before it begins.")
    found = period_of_window(Window(start, min(end, context.now), context.tz), now=context.now, fiscal_year_start_month=context.fiscal)
    return replace(found, label=match.string, to_date=end > context.now)


def _bound(context: _Context, text: str) -> Period:
    """A bound may lie in the future, so it is read as if it had passed."""
    far = replace(context, now=context.now + timedelta(days=366 * 200))
    for pattern, read in (FORMS[index] for index in BOUND_FORMS):
        if match := re.fullmatch(pattern, text, re.IGNORECASE):
            return read(far, match)
    raise PeriodError(f"{text!r} is not a date; write it as 2026-09-01, 2026-09, 2026-W36, 2026-Q3 or 2026.")


_UNITS = "(?P<unit>day|week|month|quarter|half|year)"
FORMS: tuple[tuple[str, Reader], ...] = (
    (r"today|yesterday", _day),
    (r"last_(?P<n>\d{1,4})_hours?", _hours),
    (rf"last_(?:(?P<n>\d{{1,4}})_)?{_UNITS}s?", _last),
    (rf"this_{_UNITS}", _this),
    (r"[wmqy]td", _to_date),
    (r"(?P<year>\d{4})", _year),
    (r"(?P<year>\d{4})-(?:(?P<part>[Qq])(?P<n>[1-4]))", _part),
    (r"(?P<year>\d{4})-(?:(?P<part>[Hh])(?P<n>[12]))", _part),
    (r"(?P<year>\d{4})-(?P<month>\d{2})", _month),
    (r"(?P<year>\d{4})-W(?P<n>\d{1,2})", _week),
    (r"\d{4}-\d{2}-\d{2}", _one_day),
    (r"since:(?P<start>\S+)", _since),
    (r"(?P<start>[^\s.]+)\.\.(?P<end>[^\s.]+)", _range),
)
BOUND_FORMS = range(5, 11)
"""Which of the forms name a fixed stretch of the calendar."""
