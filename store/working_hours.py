"""The form in which working hours are written, such as `Mon-Fri 09:00-17:00`."""

import re
from dataclasses import dataclass
from datetime import time

from store.errors import ConfigurationError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FORM = re.compile(r"(?P<first>[A-Za-z]{3})(?:-(?P<last>[A-Za-z]{3}))? (?P<open>\d{1,2}:\d{2})-(?P<close>\d{1,2}:\d{2})")


@dataclass(frozen=True)
class WorkingHours:
    """The weekdays on which people work (Monday is 0), and the local times between which they do."""

    weekdays: frozenset[int]
    opens: time
    closes: time


def parse_working_hours(written: str, setting: str = "org.working_hours") -> WorkingHours:
    """The hours that a setting describes.

    Raises:
        ConfigurationError: the setting does not have that form.
    """
    match = _FORM.fullmatch(written.strip())
    if match is None or match["first"].lower() not in DAYS or (match["last"] or match["first"]).lower() not in DAYS:
        raise ConfigurationError(f"{setting} {written!r} must look like `Mon-Fri 09:00-17:00`.", setting=setting)
    first, last = DAYS.index(match["first"].lower()), DAYS.index((match["last"] or match["first"]).lower())
    weekdays = frozenset((first + offset) % 7 for offset in range((last - first) % 7 + 1))
    opens, closes = (time.fromisoformat(match[part].zfill(5)) for part in ("open", "close"))
    if closes <= opens:
        raise ConfigurationError(f"{setting} {written!r} must close after it opens.", setting=setting)
    return WorkingHours(weekdays, opens, closes)
