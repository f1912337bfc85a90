"""Which of many series may speak: chances that are right, and a budget that holds on noise."""

from random import Random

import pytest

from servers.metrics.signals.budget import Scale, allowed_chance, judge, two_sided


@pytest.mark.parametrize(
    ("t", "freedom", "chance"), [(2.228, 10, 0.05), (3.169, 10, 0.01), (12.706, 1, 0.05), (1.96, 100_000, 0.05), (0, 5, 1)]
)
def test_chances_are_those_of_the_tables_of_student(t: float, freedom: int, chance: float) -> None:
    """Critical values as printed in any table; the sign does not matter."""
    assert two_sided(t, freedom) == pytest.approx(chance, abs=1e-4)
    assert two_sided(-t, freedom) == two_sided(t, freedom)


def noise(random: Random, scale: Scale) -> list[float]:
    """A series in which nothing ever happens."""
    if scale == "duration":
        return [random.lognormvariate(3, 0.5) for _ in range(29)]
    if scale == "count":
        return [float(sum(random.random() < 0.2 for _ in range(60))) for _ in range(29)]
    if scale == "ratio":
        return [sum(random.random() < 0.3 for _ in range(40)) / 40 for _ in range(29)]
    return [random.gauss(0, 8) for _ in range(29)]


@pytest.mark.timeout(30)
def test_the_budget_of_false_alarms_holds_on_noise() -> None:
    """Sixty looks at forty series each in which nothing happens: no more alarms than a budget of one a look allows."""
    random, alarms = Random(5), 0
    scales: tuple[Scale, ...] = ("duration", "count", "ratio", "plain")
    for _ in range(60):
        tests = [test for number in range(40) for test in judge(noise(random, scales[number % 4]), scales[number % 4])]
        assert len(tests) == 80
        alarms += sum(test.chance <= allowed_chance(1.0, len(tests)) for test in tests)
    assert alarms / 60 <= 1.2


def test_a_jump_and_a_lasting_shift_pass_where_noise_does_not() -> None:
    """A value far outside passes as newest; four values a little higher pass together though none of them does alone."""
    usual = [20.0, 23.0, 18.0, 21.0, 22.0, 19.0, 20.0, 24.0, 18.0, 21.0, 20.0, 22.0]
    limit = allowed_chance(0.1, 100)
    jump = {test.test: test.chance <= limit for test in judge([*usual, 20.0, 21.0, 19.0, 70.0], "duration")}
    shift = {test.test: test.chance <= limit for test in judge([*usual, 30.0, 29.0, 31.0, 28.0], "duration")}
    calm = {test.test: test.chance <= limit for test in judge([*usual, 20.0, 21.0, 19.0, 22.0], "duration")}
    assert (jump["newest"], shift, calm) == (True, {"newest": False, "level": True}, {"newest": False, "level": False})


def test_a_short_or_flat_series_is_not_judged() -> None:
    """Fewer than eight values before the newest, or values that never moved, tell no change from noise."""
    assert judge([1.0, 2.0, 3.0], "plain") == []
    assert judge([5.0] * 20, "plain") == []
