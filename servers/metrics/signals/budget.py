"""How unlikely are the newest values of a series, and which of many series may speak without crying wolf too often."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from servers.metrics.signals.xmr import BASELINE, MIN_VALUES, limits_of

Scale = Literal["duration", "count", "ratio", "plain"]
"""How values spread: durations by factors, counts by their root, shares by their arcsine, everything else evenly."""
LEVEL_OF = 4
"""So many of the newest values together are judged for a lasting shift."""
MOVING_RANGE = 1.128
"""Mean range of two values of a normal distribution, in standard deviations."""
_STEPS = 200
_TINY = 1e-300


@dataclass(frozen=True)
class Tested:
    """One test of one series: its newest value, or the last four together, against the values before."""

    test: Literal["newest", "level"]
    value: float
    center: float
    lower: float
    upper: float
    chance: float
    """Probability (0..1) of so large a difference in either direction by noise alone."""


def judge(values: Sequence[float], scale: Scale) -> list[Tested]:
    """Both tests of a series of complete buckets, as far as its length allows; a series that never moved is not judged."""
    return [found for count in (1, LEVEL_OF) if (found := _test(values, count, scale)) is not None]


def _test(values: Sequence[float], count: int, scale: Scale) -> Tested | None:
    newest, before = list(values[-count:]), list(values[:-count][-BASELINE:])
    if len(before) < MIN_VALUES:
        return None
    known, seen = [_flat(value, scale) for value in before], [_flat(value, scale) for value in newest]
    center = sum(known) / len(known)
    spread = math.sqrt(sum((value - center) ** 2 for value in known) / (len(known) - 1))
    deviation = max(spread, limits_of(known).moving_range / MOVING_RANGE)
    if deviation == 0:
        return None
    difference = sum(seen) / count - center
    chance = two_sided(difference / (deviation * math.sqrt(1 / count + 1 / len(known))), len(known) - 1)
    limits = limits_of(before)
    shown = sum(newest) / count
    return Tested(
        "newest" if count == 1 else "level",
        shown,
        limits.center,
        max(limits.lower, 0.0) if min(before) >= 0 else limits.lower,
        limits.upper,
        chance,
    )


def _flat(value: float, scale: Scale) -> float:
    """A value on the scale on which its noise is even."""
    if scale == "duration":
        return math.log(max(value, 0.0) + 0.1)
    if scale == "count":
        return 2 * math.sqrt(max(value, 0.0) + 0.375)
    return math.asin(math.sqrt(min(max(value, 0.0), 1.0))) if scale == "ratio" else value


def allowed_chance(budget: float, tests: int) -> float:
    """The chance below which a test passes, so that all tests together raise `budget` false alarms on average."""
    return budget / tests if tests else 0.0


def two_sided(t: float, freedom: int) -> float:
    """Probability that Student's t lies as far from 0 in either direction."""
    return _beta_share(freedom / (freedom + t * t), freedom / 2, 0.5)


def _beta_share(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by its continued fraction."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x >= (a + 1) / (a + b + 2):
        return 1 - front * _fraction(1 - x, b, a) / b
    return front * _fraction(x, a, b) / a


def _fraction(x: float, a: float, b: float) -> float:
    """Lentz's evaluation of the continued fraction of the incomplete beta function."""
    upper, lower = 1.0, 1 / (1 - (a + b) * x / (a + 1) or _TINY)
    value = lower
    for step in range(1, _STEPS):
        for part in (
            step * (b - step) * x / ((a + 2 * step - 1) * (a + 2 * step)),
            -(a + step) * (a + b + step) * x / ((a + 2 * step) * (a + 2 * step + 1)),
        ):
            lower = 1 / (1 + part * lower or _TINY)
            upper = 1 + part / upper or _TINY
            value *= upper * lower
        if abs(upper * lower - 1) < 1e-12:
            break
    return value
