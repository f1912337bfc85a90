"""The distribution that the trials of a forecast sample, computed exactly: for many forecasts at once, where drawing would take seconds."""

from collections.abc import Sequence
from datetime import date, timedelta
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from servers.metrics.signals.forecast import HORIZON_DAYS, LEVELS

NEGLIGIBLE = 1e-12
Chances = NDArray[np.float64]
"""By number of items, from none on."""


def one_day(history: Sequence[int], share: float = 1.0) -> list[float]:
    """Probability of each number of items finished on one day: a day of the history, each of its items kept with probability `share`."""
    kept = min(share, 1.0)
    chances = [0.0] * (max(history, default=0) + 1)
    for count in set(history):
        weight = sum(day == count for day in history) / len(history)
        for items in range(count + 1):
            chances[items] += weight * comb(count, items) * kept**items * (1 - kept) ** (count - items)
    while len(chances) > 1 and chances[-1] < NEGLIGIBLE:
        chances.pop()
    return chances


class Odds:
    """What becomes of `remaining` items day by day; many days are one step, since what two days bring is known from what one brings."""

    def __init__(self, history: Sequence[int], remaining: int, share: float = 1.0) -> None:
        self.size = max(remaining, 0)
        brought = np.array(one_day(history, share))[: self.size]
        self.steps = [brought]
        for _ in range(HORIZON_DAYS.bit_length() - 1 if self.size else 0):
            brought = self._further(brought, brought)
            self.steps.append(brought)

    def within(self, days: int) -> float:
        """Probability (0..1) that all is done within so many days."""
        if not self.size or days < 0:
            return float(days >= 0)
        open_ = np.ones(1)
        for place, step in enumerate(self.steps):
            if min(days, HORIZON_DAYS) >> place & 1:
                open_ = self._further(open_, step)
        return 1 - float(open_.sum())

    def day(self, level: float) -> int | None:
        """The first day by which all is done with this probability; None beyond the horizon."""
        if not self.size:
            return 0
        open_, day = np.ones(1), 0
        for place in reversed(range(len(self.steps))):
            later = self._further(open_, self.steps[place])
            if 1 - float(later.sum()) < level:
                open_, day = later, day + 2**place
        return day + 1 if day < HORIZON_DAYS else None

    def _further(self, one: Chances, other: Chances) -> Chances:
        """What both bring, as far as something remains after it."""
        return np.convolve(one, other)[: self.size]


def chance_within(history: Sequence[int], remaining: int, days: int, share: float = 1.0) -> float:
    """Probability (0..1) that `remaining` items are done within so many days."""
    return Odds(history, remaining, share).within(max(days, 0))


def when(history: Sequence[int], remaining: int, start: date, target: date | None = None, share: float = 1.0) -> dict[str, Any]:
    """Dates at 50, 85 and 95 % certainty (None beyond the horizon), and how the target stands; as `forecast.when` says, without its sampling error."""
    odds = Odds(history, remaining, share)
    days = {name: odds.day(level) for name, level in LEVELS.items()}
    found: dict[str, Any] = {"value": {name: str(start + timedelta(days=day)) if day is not None else None for name, day in days.items()}}
    if target is None:
        return found
    on_time = odds.within((target - start).days)
    health = "on_track" if on_time >= LEVELS["p85"] else "at_risk" if on_time >= LEVELS["p50"] else "off_track"
    return found | {"probability_on_time": on_time, "health": health}
