"""Time: the only reader of the wall clock, and half-open windows of it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from store.errors import ConfigurationError


class HasNow(Protocol):
    """What the clock needs of the settings."""

    pulse_now: datetime | None


def now(settings: HasNow) -> datetime:
    """The present instant in UTC; PULSE_NOW replaces the wall clock."""
    return settings.pulse_now.astimezone(UTC) if settings.pulse_now is not None else datetime.now(UTC)


def wall_clock() -> datetime:
    """The real instant, for waits and tokens of other machines, which PULSE_NOW does not move."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Window:
    """The instants from `start` (inclusive) to `end` (exclusive), both UTC; `tz` says where its midnights lie."""

    start: datetime
    end: datetime
    tz: str = "UTC"

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a window needs instants with a time zone")
        if self.end < self.start:
            raise ValueError("a window cannot end before it starts")
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))

    @classmethod
    def of_days(cls, first: date, last: date, tz: str = "UTC") -> "Window":
        """From the midnight that begins `first` to the one that ends `last`, both local."""
        return cls(local_midnight(first, tz), local_midnight(last + timedelta(days=1), tz), tz)

    @property
    def duration(self) -> timedelta:
        """How long the window is in elapsed time; a day with a clock change is not 24 hours."""
        return self.end - self.start

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


def zone(name: str, *, setting: str = "PULSE_TIMEZONE") -> ZoneInfo:
    """The time zone of an IANA name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigurationError(f"{setting} is not a time zone name; use one such as UTC or Europe/Berlin.", setting=setting) from error


def local_midnight(day: date, tz: str) -> datetime:
    """The UTC instant at which a local day begins; where that midnight is skipped, the first instant after the gap."""
    return datetime.combine(day, time(), zone(tz)).astimezone(UTC)


def local_date(instant: datetime, tz: str) -> date:
    """The day on which an instant falls for people in `tz`."""
    return instant.astimezone(zone(tz)).date()
