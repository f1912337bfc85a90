"""Signal or noise? Control limits of an XmR chart over one value per complete week or month."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

Direction = Literal["higher", "lower", "context"]
EVALUATED = 8
"""The newest values are judged …"""
BASELINE = 24
"""… against up to so many before them."""
MIN_VALUES = 8
LIMIT_FACTOR = 2.66
RANGE_FACTOR = 3.268
FLAT_CHANGE = 0.1
"""On a flat baseline only a difference of a tenth counts."""
_NEAR_OF = 4
_NEAR_AT_LEAST = 3


@dataclass(frozen=True)
class Limits:
    """Centre line, mean moving range and the natural limits around the centre."""

    center: float
    moving_range: float

    @property
    def upper(self) -> float:
        """Upper natural limit."""
        return self.center + LIMIT_FACTOR * self.moving_range

    @property
    def lower(self) -> float:
        """Lower natural limit, not floored."""
        return self.center - LIMIT_FACTOR * self.moving_range

    def outside(self, value: float) -> bool:
        """Whether a value lies beyond the limits; on a flat baseline, whether it differs by a tenth."""
        if self.moving_range == 0:
            return value != self.center and abs(value - self.center) >= FLAT_CHANGE * abs(self.center)
        return value > self.upper or value < self.lower

    def near(self, value: float) -> int:
        """1 when nearer to the upper limit than to the centre, -1 when nearer to the lower one, else 0."""
        limit = self.upper if value > self.center else self.lower
        return 0 if abs(value - limit) >= abs(value - self.center) else 1 if value > self.center else -1


def limits_of(baseline: Sequence[float]) -> Limits:
    """The limits that a baseline of at least two values sets."""
    ranges = [abs(after - before) for before, after in pairwise(baseline)]
    return Limits(sum(baseline) / len(baseline), sum(ranges) / len(ranges) if ranges else 0.0)


def signals(values: Sequence[float | None], direction: Direction = "context") -> dict[str, Any]:
    """Limits of the baseline and every signal among the newest values; `index` counts from the start of `values`.

    `value` is the number of signals; `provisional` says that the baseline is short and overlaps the values it judges.
    """
    known = [(index, value) for index, value in enumerate(values) if value is not None]
    skipped = len(values) - len(known)
    warnings = [f"gaps: {skipped} values are missing and were skipped."] if skipped else []
    if len(known) < MIN_VALUES:
        return {"status": "not_enough_data", "value": None, "n": len(known), "needs": MIN_VALUES, "signals": [], "warnings": warnings}
    numbers = [float(value) for _, value in known]
    before = numbers[:-EVALUATED][-BASELINE:]
    provisional = len(before) < MIN_VALUES
    limits = limits_of(numbers if provisional else before)
    found = [signal for place in range(len(numbers) - EVALUATED, len(numbers)) if (signal := _signal(numbers, place, limits, direction))]
    for signal in found:
        signal["index"] = known[signal["index"]][0]
    return {
        "status": "ok",
        "value": len(found),
        "n": len(numbers),
        "center": limits.center,
        "avg_moving_range": limits.moving_range,
        "upper": limits.upper,
        "lower": max(limits.lower, 0.0),
        "range_limit": RANGE_FACTOR * limits.moving_range,
        "provisional": provisional,
        "signals": found,
        "warnings": warnings,
    }


def _signal(values: Sequence[float], place: int, limits: Limits, direction: Direction) -> dict[str, Any] | None:
    rules = _rules(values, place, limits)
    if not rules:
        return None
    rises = values[place] > limits.center
    effect = "change" if direction == "context" else "better" if rises == (direction == "higher") else "worse"
    return {"index": place, "value": values[place], "rules": rules, "effect": effect}


def _rules(values: Sequence[float], place: int, limits: Limits) -> list[str]:
    rules = ["outside_limits"] if limits.outside(values[place]) else []
    if limits.moving_range == 0:
        return rules
    run = values[max(0, place - EVALUATED + 1) : place + 1]
    if len(run) == EVALUATED and (all(value > limits.center for value in run) or all(value < limits.center for value in run)):
        rules.append("run_of_8")
    side = limits.near(values[place])
    last = values[max(0, place - _NEAR_OF + 1) : place + 1]
    if side and sum(limits.near(value) == side for value in last) >= _NEAR_AT_LEAST:
        rules.append("three_of_four_near_limit")
    return rules
