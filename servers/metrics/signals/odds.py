"""The distribution that the trials of a forecast sample, computed exactly: for many forecasts at once, where drawing would take seconds."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from math import comb
from typing import Any

import numpy as np

from servers.metrics.signals.forecast import HORIZON_DAYS, LEVELS

NEGLIGIBLE = 1e-12


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


def by_day(history: Sequence[int], remaining: int, share: float = 1.0) -> Iterator[float]:
    """Probability that `remaining` items are done after 0, 1, 2, … days, up to the horizon."""
    chances = np.array(one_day(history, share))
    open_ = np.zeros(max(remaining, 0))
    open_[:1] = 1.0
    for _ in range(HORIZON_DAYS + 1):
        yield 1 - float(open_.sum())
        if len(open_):
            open_ = np.convolve(open_, chances)[: len(open_)]


def chance_within(history: Sequence[int], remaining: int, days: int, share: float = 1.0) -> float:
    """Probability (0..1) that `remaining` items are done within so many days."""
    if remaining <= 0:
        return 1.0
    return next(chance for day, chance in enumerate(by_day(history, remaining, share)) if day >= min(days, HORIZON_DAYS))


def when(history: Sequence[int], remaining: int, start: date, target: date | None = None, share: float = 1.0) -> dict[str, Any]:
    """Dates at 50, 85 and 95 % certainty (None beyond the horizon), and how the target stands; as `forecast.when` says, without its sampling error."""
    days: dict[str, int | None] = dict.fromkeys(LEVELS)
    left = (target - start).days if target else None
    on_time = 0.0
    for day, chance in enumerate(by_day(history, remaining, share)):
        days |= {name: day for name, level in LEVELS.items() if days[name] is None and chance >= level}
        on_time = chance if left is not None and day <= left else on_time
        if None not in days.values() and (left is None or day >= left):
            break
    found: dict[str, Any] = {"value": {name: str(start + timedelta(days=day)) if day is not None else None for name, day in days.items()}}
    if left is None:
        return found
    health = "on_track" if on_time >= LEVELS["p85"] else "at_risk" if on_time >= LEVELS["p50"] else "off_track"
    return found | {"probability_on_time": on_time, "health": health}
