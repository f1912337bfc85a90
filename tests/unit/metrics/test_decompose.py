"""A change divided into parts: they add up, and what did not change gets nothing."""

from itertools import permutations, product
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from servers.metrics.decompose import Cell, Side, adding_up, by_stage, decompose, median, shapley

HOURS = st.floats(0, 500, allow_nan=False)
PLACES = st.tuples(st.sampled_from("abc"), st.sampled_from(("S", "L")), st.integers(0, 1))
ENTITIES = st.lists(st.tuples(PLACES, HOURS), min_size=2, max_size=24).filter(lambda rows: {place[2] for place, _ in rows} == {0, 1})


def cells_of(rows: list[tuple[tuple[str, str, int], float]]) -> list[Cell]:
    """Entities as cells; the numerator holds those above 100."""
    places = sorted({place for place, _ in rows})
    found = {place: sorted(value for at, value in rows if at == place) for place in places}
    return [Cell(*place, weight=len(found[place]), values=found[place], amount=sum(v > 100 for v in found[place])) for place in places]


def whole(rows: list[tuple[tuple[str, str, int], float]], period: int, *, medians: bool) -> float:
    """The metric over all entities of one period, without any decomposition."""
    values = [value for place, value in rows if place[2] == period]
    return float(np.percentile(values, 50)) if medians else sum(value > 100 for value in values) / len(values)


@hypothesis_settings(max_examples=60, deadline=None)
@given(rows=ENTITIES, medians=st.booleans())
def test_the_parts_add_up_to_the_change(rows: list[tuple[tuple[str, str, int], float]], medians: bool) -> None:
    """Mix, size and groups together are the difference between the two periods, for medians as for ratios, whatever is missing where."""
    delta = whole(rows, 1, medians=medians) - whole(rows, 0, medians=medians)
    parts = decompose(cells_of(rows), {}, delta, medians=medians)
    assert (parts.mix or 0.0) + (parts.size or 0.0) + sum(parts.groups.values()) == pytest.approx(delta, abs=1e-9)


@hypothesis_settings(max_examples=40, deadline=None)
@given(rows=ENTITIES)
def test_turned_around_the_parts_change_their_sign(rows: list[tuple[tuple[str, str, int], float]]) -> None:
    """From the later period back to the earlier one every part is the same amount the other way."""
    delta = whole(rows, 1, medians=True) - whole(rows, 0, medians=True)
    there = decompose(cells_of(rows), {}, delta, medians=True)
    back = decompose(cells_of([((g, s, 1 - p), value) for (g, s, p), value in rows]), {}, -delta, medians=True)
    assert {name: -part for name, part in back.groups.items()} == pytest.approx(there.groups, abs=1e-9)


@hypothesis_settings(max_examples=40, deadline=None)
@given(values=st.lists(HOURS, min_size=1, max_size=30))
def test_the_weighted_median_with_equal_weights_is_the_median_of_the_catalogue(values: list[float]) -> None:
    """R-7, as PostgreSQL and NumPy compute it."""
    ordered = np.array(sorted(values))
    assert median(ordered, np.full(len(values), 1 / len(values))) == pytest.approx(float(np.percentile(values, 50)))


def test_a_group_that_did_not_change_gets_nothing() -> None:
    """Only payments got slower, and it is as large as before: all of the change is its own."""
    same = [10.0, 20.0, 30.0]
    cells = [Cell("core", "S", p, 3, same) for p in (0, 1)] + [
        Cell("payments", "S", 0, 3, same),
        Cell("payments", "S", 1, 3, [50.0, 60.0, 70.0]),
    ]
    parts = decompose(cells, {}, 20.0, medians=True)
    assert (parts.mix, parts.size) == (0.0, None)
    assert parts.groups == pytest.approx({"core": 0.0, "payments": 20.0})


def test_more_of_a_slow_group_is_mix_and_no_group_is_blamed() -> None:
    """Both teams work as before; only the share of the slow one grew."""
    fast, slow = [10.0] * 4, [90.0] * 4
    cells = [Cell("fast", "S", 0, 30, fast), Cell("slow", "S", 0, 10, slow), Cell("fast", "S", 1, 10, fast), Cell("slow", "S", 1, 30, slow)]
    parts = decompose(cells, {}, 80.0, medians=True)
    assert parts.mix == pytest.approx(80.0)
    assert parts.groups == pytest.approx({"fast": 0.0, "slow": 0.0})


def test_larger_work_is_told_from_slower_work() -> None:
    """One team, the same speed per size, but more large pull requests: all of it is size."""
    small, large = [10.0] * 4, [90.0] * 4
    cells = [
        Cell("core", "S", 0, 30, small),
        Cell("core", "L", 0, 10, large),
        Cell("core", "S", 1, 10, small),
        Cell("core", "L", 1, 30, large),
    ]
    parts = decompose(cells, {}, 80.0, medians=True)
    assert (parts.mix, parts.size, parts.groups) == (None, pytest.approx(80.0), pytest.approx({"core": 0.0}))


@hypothesis_settings(max_examples=40, deadline=None)
@given(part=st.floats(-100, 100), before=st.lists(HOURS, min_size=3, max_size=3), after=st.lists(HOURS, min_size=3, max_size=3))
def test_stages_add_up_to_the_part_of_their_group(part: float, before: list[float], after: list[float]) -> None:
    """However they moved, what they are given together is what their group contributed."""
    sides = [Side(sum(values), 9, dict(zip(("coding", "pickup", "review"), values, strict=True))) for values in (before, after)]
    assert sum(by_stage(part, sides[0], sides[1], 0.4).values()) == pytest.approx(part, abs=1e-9)


def test_what_is_missing_is_laid_on_the_parts_by_their_size() -> None:
    """What is nothing stays nothing; without any part the whole is shared evenly."""
    assert adding_up([2.0, -1.0, 0.0], 4.0) == pytest.approx([4.0, 0.0, 0.0])
    assert adding_up([0.0, 0.0], 3.0) == [1.5, 1.5]


def test_shares_are_the_mean_over_every_order_of_switching() -> None:
    """Against the definition: what each of four switches adds, averaged over all 24 orders."""
    random = Random(7)
    worth = {switches: random.random() for switches in product((False, True), repeat=4)}
    expected = [0.0] * 4
    for order in permutations(range(4)):
        on = [False] * 4
        for place in order:
            before = worth[tuple(on)]
            on[place] = True
            expected[place] += (worth[tuple(on)] - before) / 24
    assert shapley(4, lambda switches: worth[tuple(switches)]) == pytest.approx(expected)
