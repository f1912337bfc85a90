"""How evenly work lies on people, by arithmetic alone."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.metrics.spread import absence_factor, gini, top_share

LOADS = st.lists(st.integers(0, 50), min_size=1, max_size=12).filter(any)


@given(LOADS)
def test_the_coefficient_is_the_mean_difference_of_all_pairs(loads: list[int]) -> None:
    """The sorted form gives what the definition says pair by pair."""
    pairs = sum(abs(a - b) for a, b in itertools.product(loads, repeat=2))
    assert gini(loads) == pytest.approx(pairs / (2 * len(loads) ** 2 * (sum(loads) / len(loads))))


@given(LOADS)
def test_the_absence_factor_is_the_smallest_group_with_half_of_the_work(loads: list[int]) -> None:
    """No smaller group of any people reaches half."""
    least = absence_factor(loads)
    reaching = [size for size in range(1, len(loads) + 1) if any(sum(g) * 2 >= sum(loads) for g in itertools.combinations(loads, size))]
    assert least == min(reaching)


@pytest.mark.parametrize(("loads", "expected"), [([5, 5, 5], (0, 2, 1 / 3)), ([9, 0, 0], (2 / 3, 1, 1.0))])
def test_equal_loads_are_balanced_and_one_carrier_is_not(loads: list[float], expected: tuple[float, int, float]) -> None:
    """0 is equal; with one of three carrying all the coefficient is 2/3 and half of the work hangs on one."""
    assert (gini(loads), absence_factor(loads), top_share(loads)) == pytest.approx(expected)
