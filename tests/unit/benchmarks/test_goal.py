"""Benchmarks: a missed goal says so."""

from typing import Literal

import pytest

from benchmarks.goal import Goal, Measured


@pytest.mark.parametrize(
    ("better", "value", "reached"),
    [("lower", 1.0, True), ("lower", 1.1, False), ("higher", 1.0, True), ("higher", 0.9, False)],
)
def test_a_goal_is_reached_on_its_own_side_of_the_bound(better: Literal["lower", "higher"], value: float, reached: bool) -> None:
    """Times are to be low, ratios to a floor high; the line begins with the verdict."""
    line = Measured(Goal("X1", "something", 1.0, "ms", better), value)
    assert (line.reached, str(line).split()[0]) == (reached, "ok" if reached else "MISS")
