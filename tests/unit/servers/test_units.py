"""How numbers are said."""

import pytest

from servers.units import delta_said, percent, said


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.5, "hours", "30 min"),
        (47.94, "hours", "47.9 h"),
        (48.0, "hours", "2 days"),
        (60.5, "hours", "2.5 days"),
        (0.25, "days", "6 h"),
        (6.0, "days", "6 days"),
        (0.0833333, "ratio", "8.3 %"),
        (1.5, "deployments/week", "1.5 deployments/week"),
        (1234, "count", "1,234"),
        (1, "people", "1 person"),
        (160142.9, "currency", "160,143"),
        (3.5, "EUR", "3.5 EUR"),
        (None, "hours", "–"),
    ],
)
def test_a_value_is_said_in_the_unit_people_read(value: float | None, unit: str, words: str) -> None:
    """Below an hour minutes, below 48 hours hours, else days with one decimal; shares in percent; unknown stays unknown."""
    assert said(value, unit) == words


def test_a_difference_carries_its_sign_and_shares_differ_in_points() -> None:
    """A share that moves from 10 % to 15 % moved by 5 points, not by 5 %."""
    assert (delta_said(0.05, "ratio"), delta_said(-3, "hours"), percent(-0.2)) == ("+5.0 points", "−3 h", "−20 %")
