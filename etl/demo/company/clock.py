"""Working time of the demo company and its dice.

Work is planned in working hours (float) since `EPOCH`: eight a day from 09:00 UTC, Monday to Friday. Every die is seeded by what it is thrown
for, so nothing that happens later can change what happened before.
"""

import random
from datetime import UTC, date, datetime, timedelta

EPOCH = datetime(2025, 5, 5, tzinfo=UTC)
"""The Monday on which the records of the company begin."""
DAY_HOURS = 8.0
WEEK_HOURS = 40.0
SPRINT_HOURS = 80.0


def moment(hours: float) -> datetime:
    """The instant of a working hour."""
    week, rest = divmod(hours, WEEK_HOURS)
    day, hour = divmod(rest, DAY_HOURS)
    return EPOCH + timedelta(days=7 * int(week) + int(day), seconds=round((9 + hour) * 3600))


def working_hours(instant: datetime) -> float:
    """Working hours from `EPOCH` to `instant`; nights and weekends count nothing."""
    passed = instant - EPOCH
    week, day = divmod(passed.days, 7)
    hour = min(max(passed.seconds / 3600 - 9, 0.0), DAY_HOURS)
    return week * WEEK_HOURS + (WEEK_HOURS if day >= 5 else day * DAY_HOURS + hour)


def day_of(hours: float) -> date:
    """The day of a working hour."""
    return moment(hours).date()


def midnight(day: date) -> datetime:
    """The beginning of a day, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


class Dice(random.Random):
    """Random numbers for one purpose."""

    def __init__(self, *purpose: object) -> None:
        super().__init__("/".join(map(str, purpose)))

    def around(self, median: float, spread: float = 0.5) -> float:
        """A positive number with this median; `spread` is the sigma of its logarithm."""
        return median * self.lognormvariate(0, spread)

    def happens(self, probability: float) -> bool:
        """True with this probability."""
        return self.random() < probability

    def times(self, mean: float) -> int:
        """A whole number with this mean, varying a little."""
        whole = int(mean * self.uniform(0.7, 1.3) + self.random())
        return max(whole, 0)
