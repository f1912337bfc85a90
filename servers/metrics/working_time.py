"""The business clock: the working spans of a calendar, ready for SQL that counts only time inside them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from store.clock import local_date, local_midnight, zone
from store.working_hours import parse_working_hours

YEARS_BACK = 3
"""Work that started earlier than this before the window counts from there."""


@dataclass(frozen=True)
class WorkingCalendar:
    """When people work: weekdays (Monday is 0), local opening and closing time, and the days off."""

    tz: str = "UTC"
    opens: time = time(9)
    closes: time = time(17)
    weekdays: frozenset[int] = frozenset(range(5))
    holidays: frozenset[date] = frozenset()

    @property
    def hours_per_day(self) -> float:
        """Length of a working day in hours."""
        return (datetime.combine(date.min, self.closes) - datetime.combine(date.min, self.opens)).total_seconds() / 3600

    def works(self, day: date) -> bool:
        """Whether the day is a working day."""
        return day.weekday() in self.weekdays and day not in self.holidays


@dataclass(frozen=True)
class WorkingSpans:
    """Opening and closing instants in order, and the working hours before each opening."""

    opens: tuple[datetime, ...]
    closes: tuple[datetime, ...]
    hours_before: tuple[float, ...]


def calendar_of(working_hours: str, tz: str, holidays: Collection[date]) -> WorkingCalendar:
    """The calendar that a setting such as `Mon-Fri 09:00-17:00` describes.

    Raises:
        ConfigurationError: the setting does not have that form.
    """
    hours = parse_working_hours(working_hours)
    return WorkingCalendar(tz, hours.opens, hours.closes, hours.weekdays, frozenset(holidays))


def working_days(calendar: WorkingCalendar, first: date, last_exclusive: date) -> int:
    """How many working days lie in [first, last_exclusive)."""
    return sum(calendar.works(first + timedelta(days=offset)) for offset in range((last_exclusive - first).days))


@lru_cache(maxsize=64)
def days_over(calendar: WorkingCalendar, tz: str, start: datetime, end: datetime) -> tuple[tuple[date, datetime, datetime], ...]:
    """The working days that begin on the day of `start` or later and are over at `end`, each with the instants at which it begins and ends."""
    first, last = local_date(start, tz), local_date(end, tz)
    days = [first + timedelta(days=offset) for offset in range((last - first).days)]
    return tuple((day, local_midnight(day, tz), local_midnight(day + timedelta(days=1), tz)) for day in days if calendar.works(day))


@lru_cache(maxsize=64)
def working_spans(calendar: WorkingCalendar, start: datetime, end: datetime) -> WorkingSpans:
    """The working spans from `YEARS_BACK` before `start` up to `end`."""
    home = zone(calendar.tz)
    day, last = start.astimezone(home).date() - timedelta(days=365 * YEARS_BACK), end.astimezone(home).date()
    opens, closes, before, total = [], [], [], 0.0
    while day <= last:
        if calendar.works(day):
            opening, closing = (datetime.combine(day, moment, home).astimezone(UTC) for moment in (calendar.opens, calendar.closes))
            opens.append(opening)
            closes.append(closing)
            before.append(total)
            total += (closing - opening).total_seconds() / 3600
        day += timedelta(days=1)
    return WorkingSpans(tuple(opens), tuple(closes), tuple(before))
