"""Trials that are drawn many at once are the trials that were drawn one by one: a forecast with the same seed stays the same."""

from datetime import date
from random import Random

import pytest

from servers.metrics.signals import forecast

HISTORIES = {
    "steady": [place % 4 for place in range(84)],
    "rare": [0] * 74 + [1] * 10,
    "in bursts": [30 if place % 28 == 3 else place % 2 for place in range(84)],
}


def one_by_one(history: list[int], remaining: int, trials: int) -> list[int]:
    """Days of each trial, by a loop over single draws."""
    rng, outcomes = Random(forecast.SEED), []
    for _ in range(trials):
        day = got = 0
        while got < remaining and day <= forecast.HORIZON_DAYS:
            day += 1
            got += history[int(rng.random() * len(history))]
        outcomes.append(day)
    return outcomes


@pytest.mark.parametrize("remaining", [1, 9, 120])
@pytest.mark.parametrize("name", HISTORIES)
def test_days_are_those_of_single_draws(name: str, remaining: int) -> None:
    """Whatever the history, however few or many trials fit into one lot of draws, also where work ends beyond the horizon."""
    history, trials = HISTORIES[name], 400
    found = forecast.when(history, remaining, date(2026, 3, 30), trials=trials)
    expected = sorted(one_by_one(history, remaining, trials))
    wanted = {level: expected[place] for level, place in (("p50", 199), ("p85", 339), ("p95", 379))}
    assert found["days"] == {level: days if days <= forecast.HORIZON_DAYS else None for level, days in wanted.items()}


@pytest.mark.parametrize("name", HISTORIES)
def test_amounts_are_those_of_single_draws(name: str) -> None:
    """Each trial sums its own days, in the order in which they are drawn."""
    history, rng = HISTORIES[name], Random(forecast.SEED)
    sums = sorted(sum(history[int(rng.random() * len(history))] for _ in range(14)) for _ in range(400))
    assert forecast.how_many(history, 14, trials=400)["value"] == {"p50": sums[200], "p85": sums[60], "p95": sums[20]}
