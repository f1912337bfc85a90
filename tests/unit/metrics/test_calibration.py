"""Do forecasts keep what they promise, and is that counted right?"""

import random
from datetime import date

import pytest

from servers.metrics.signals import calibration, forecast, odds

START = date(2026, 3, 30)


def steady(seed: int, days: int = 320) -> list[int]:
    """A team whose pace does not change."""
    dice = random.Random(seed)
    return [dice.choice([0, 0, 1, 1, 2, 3]) for _ in range(days)]


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_the_exact_distribution_is_what_the_trials_sample(share: float) -> None:
    """Levels within two days, probability within 0.02 of 10,000 trials."""
    history, target = steady(1)[-84:], date(2026, 5, 20)
    drawn = forecast.when(history, 20, START, target=target, share=share)
    exact = odds.when(history, 20, START, target, share)
    apart = [abs((date.fromisoformat(exact["value"][level]) - date.fromisoformat(drawn["value"][level])).days) for level in drawn["value"]]
    assert max(apart) <= 2
    assert exact["probability_on_time"] == pytest.approx(drawn["probability_on_time"], abs=0.02)


def test_a_day_of_history_keeps_all_probability() -> None:
    """Thinning moves weight to smaller counts and loses none."""
    assert sum(odds.one_day([0, 1, 4, 2], 0.4)) == pytest.approx(1)


def test_many_days_at_once_bring_what_they_bring_one_by_one() -> None:
    """Steps of two, four, eight days … give the distribution of single days, to the last day before the horizon."""
    history, open_ = [0, 0, 3, 1, 0, 2], {0: 1.0}
    foreseen = odds.Odds(history, 12, 0.4)
    chances = odds.one_day(history, 0.4)
    for day in range(40):
        assert foreseen.within(day) == pytest.approx(1 - sum(open_.values()))
        after: dict[int, float] = {}
        for done, chance in open_.items():
            for more, likely in enumerate(chances):
                if done + more < 12:
                    after[done + more] = after.get(done + more, 0) + chance * likely
        open_ = after
    level = foreseen.within(23)
    assert (foreseen.day(level - 1e-9), foreseen.day(level + 1e-9)) == (23, 24)


def test_nothing_remaining_is_certain_and_too_much_is_beyond_the_horizon() -> None:
    """The borders of the distribution."""
    assert odds.chance_within([0, 1], 0, 0) == 1
    assert odds.when([0] * 83 + [1], 500, START)["value"] == {"p50": None, "p85": None, "p95": None}


def test_forecasts_of_a_steady_team_hold_as_often_as_promised() -> None:
    """Over many teams the hit rate of dates lies near the 85 % that they promise, and nobody is refused."""
    found = [calibration.dates_held(steady(seed), 30) for seed in range(12)]
    assert [one["status"] for one in found] == ["ok"] * 12
    assert 0.75 <= sum(one["held"] for one in found) / sum(one["of"] for one in found) <= 0.98


def test_a_team_that_keeps_slowing_down_is_uncalibrated() -> None:
    """Each time the recent past promised more than came."""
    dice = random.Random(5)
    slowing = [sum(dice.random() < 0.9 - day / 380 for _ in range(4)) for day in range(320)]
    assert calibration.dates_held(slowing, 40)["status"] == "uncalibrated"


def test_a_short_record_is_not_judged() -> None:
    """Five weeks hold no six past forecasts."""
    assert calibration.dates_held(steady(2, 40), 10)["rate"] is None


def test_a_forecast_is_judged_by_what_came_after_it() -> None:
    """One item a day, every day: the date of ten items holds every time."""
    found = calibration.dates_held([1] * 200, 10)
    assert (found["held"], found["of"], found["items"]) == (found["of"], found["of"], 10)
    assert found["of"] >= calibration.MIN_ANCHORS
