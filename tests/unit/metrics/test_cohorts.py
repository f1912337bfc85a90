"""Claims about work with AI are ranges that hold whatever the unmarked work was."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from servers.metrics.cohorts import Cohort, bounds, mean, middle

HOURS = st.lists(st.floats(0, 500, allow_nan=False), min_size=4, max_size=20)


def cohort(values: list[float]) -> Cohort:
    """Entities that stand for themselves."""
    return Cohort(np.array(sorted(values)), np.ones(len(values)), len(values))


@hypothesis_settings(max_examples=60, deadline=None)
@given(marked=HOURS, unknown=HOURS.map(lambda values: values[: len(values) // 2 * 2]))
def test_the_true_difference_of_means_lies_within_the_bounds(marked: list[float], unknown: list[float]) -> None:
    """Whichever of the unmarked were made with AI unseen, up to the share that is allowed for."""
    found = bounds(cohort(marked), cohort(unknown), mean)
    hidden = min(len(marked), len(unknown) // 2)
    picked = unknown[:hidden]
    true = float(np.mean([*marked, *picked]) - np.mean(unknown[hidden:]))
    assert found["lower"] - 1e-9 <= true <= found["upper"] + 1e-9
    assert found["lower"] <= found["value"] <= found["upper"]


def test_the_median_is_bounded_by_the_slowest_and_fastest_of_the_unmarked() -> None:
    """Two marked at 50 hours; of eight unmarked two may be hidden: the two fastest or the two slowest."""
    found = bounds(cohort([50.0, 50.0]), cohort([10.0, 20.0, 30.0, 40.0, 60.0, 70.0, 80.0, 90.0]), middle)
    assert (found["value"], found["hidden"]) == (0.0, 0.25)
    assert found["lower"] == pytest.approx(np.median([10, 20, 50, 50]) - np.median([30, 40, 60, 70, 80, 90]))
    assert found["upper"] == pytest.approx(np.median([50, 50, 80, 90]) - np.median([10, 20, 30, 40, 60, 70]))


def test_what_is_far_apart_keeps_its_sign() -> None:
    """Marked work that takes ten times as long is slower whatever the unmarked was."""
    found = bounds(cohort([500.0] * 3), cohort([10.0 + number for number in range(40)]), middle)
    assert found["lower"] > 0
