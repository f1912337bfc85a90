"""When will it be done, and how much by a date: Monte Carlo over the daily history of finished items.

Only `random.Random.random()` is used: CPython keeps its sequence, so a forecast with the same seed stays the same.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from math import ceil
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
SEED = 42
TRIALS = 10_000
HORIZON_DAYS = 730
DRAWN = 16_384
"""Days that are drawn at once."""
BINS = 40
"""Bars of the histogram of dates, at most."""
HISTORY_DAYS = 84
"""Complete days of history that are read."""
MIN_DAYS = 28
MIN_FINISHED = 10
LEVELS = {"p50": 0.5, "p85": 0.85, "p95": 0.95}


def enough(history: Sequence[int]) -> bool:
    """Whether a daily history says enough: 28 days and 10 finished items."""
    return len(history) >= MIN_DAYS and sum(history) >= MIN_FINISHED


def _too_little(history: Sequence[int]) -> dict[str, Any]:
    return {
        "status": "not_enough_data",
        "value": None,
        "days": len(history),
        "finished": sum(history),
        "needs": {"days": MIN_DAYS, "finished": MIN_FINISHED},
    }


def when(
    history: Sequence[int],
    remaining: int,
    start: date,
    *,
    target: date | None = None,
    growth: tuple[float, float] = (1.0, 1.0),
    share: float = 1.0,
    seed: int = SEED,
    trials: int = TRIALS,
) -> dict[str, Any]:
    """Dates by which `remaining` items are done with 50, 85 and 95 % certainty, counted from `start`, the last complete day.

    `growth`: range of factors by which the scope may still grow; `share`: part of the history that belongs to this work.
    """
    if remaining <= 0:
        return {
            "status": "ok",
            "value": dict.fromkeys(LEVELS, str(start)),
            "days": dict.fromkeys(LEVELS, 0),
            "health": "done",
            "probability_on_time": 1.0,
        }
    if not enough(history):
        return _too_little(history)
    outcomes = sorted(_days(Random(seed), history, remaining, growth, share, trials))  # noqa: S311
    found = {name: outcomes[ceil(level * trials) - 1] for name, level in LEVELS.items()}
    dates = {name: str(start + timedelta(days=days)) if days <= HORIZON_DAYS else None for name, days in found.items()}
    document: dict[str, Any] = {
        "status": "ok",
        "value": dates,
        "days": {name: days if dates[name] else None for name, days in found.items()},
    }
    document |= {
        "remaining": remaining,
        "history_days": len(history),
        "finished": sum(history),
        "trials": trials,
        "seed": seed,
        "share": share,
    }
    document["distribution"] = distribution(outcomes, start)
    if None in dates.values():
        document["beyond_horizon"] = True
    return document | (_against(target, start, found, outcomes) if target else {})


def certain_days(history: Sequence[int], remaining: int, level: float, *, seed: int = SEED, trials: int = TRIALS) -> int:
    """Days within which `remaining` items are done with this certainty (0..1); more than `HORIZON_DAYS` means beyond it."""
    outcomes = sorted(_days(Random(seed), history, remaining, (1.0, 1.0), 1.0, trials))  # noqa: S311
    return outcomes[ceil(level * trials) - 1]


def _days(rng: Random, history: Sequence[int], remaining: int, growth: tuple[float, float], share: float, trials: int) -> list[int]:
    """Days that each trial takes; more than the horizon means beyond it."""
    draw, size, low, high = rng.random, len(history), growth[0], growth[1]
    if (low, high) == (1.0, 1.0) and share >= 1:
        return _plain_days(rng, history, remaining, trials)
    outcomes = []
    for _ in range(trials):
        need = remaining if (low, high) == (1.0, 1.0) else ceil(remaining * (low + (high - low) * draw()))
        day = got = 0
        while got < need and day <= HORIZON_DAYS:
            day += 1
            count = history[int(draw() * size)]
            if share >= 1:
                got += count
                continue
            for _ in range(count):
                got += draw() < share
        outcomes.append(day)
    return outcomes


def _plain_days(rng: Random, history: Sequence[int], remaining: int, trials: int) -> list[int]:
    """The same draws in the same order, many at once: a trial ends where the sum of its days reaches what remains."""
    draw, size = _drawing(rng), len(history)
    outcomes: list[int] = []
    sums: list[int] = []
    start = before = 0
    while len(outcomes) < trials:
        if len(sums) - start <= HORIZON_DAYS:  # the next trial may need more days than are drawn
            days = np.asarray(history)[(draw(DRAWN) * size).astype(np.int64)]
            sums = sums[start:] + ((sums[-1] if sums else 0) + np.cumsum(days)).tolist()
            start = 0
        took = min(bisect_left(sums, before + remaining, start, start + HORIZON_DAYS) - start + 1, HORIZON_DAYS + 1)
        start += took
        before = sums[start - 1]
        outcomes.append(took)
    return outcomes


def _drawing(rng: Random) -> Callable[[int], Numbers]:
    """Draws the numbers that `rng.random()` would give, many at once: NumPy has the same generator."""
    state = rng.getstate()[1]
    same = np.random.RandomState()
    same.set_state(("MT19937", np.array(state[:-1], dtype=np.uint32), state[-1], 0, 0.0))
    return same.random_sample


def distribution(outcomes: Sequence[int], start: date) -> list[dict[str, Any]]:
    """Share of the trials that end in each stretch of days, in at most `BINS` stretches of equal length; the outcomes are in order."""
    within = [days for days in outcomes if days <= HORIZON_DAYS]
    if not within:
        return []
    width = ceil((within[-1] - within[0] + 1) / BINS)
    counts = Counter((days - within[0]) // width for days in within)
    return [
        {
            "date": str(start + timedelta(days=within[0] + place * width)),
            "_end": str(start + timedelta(days=within[0] + (place + 1) * width)),
            "value": counts[place] / len(outcomes),
            "_shown": f"{100 * counts[place] / len(outcomes):.1f} %",
        }
        for place in sorted(counts)
    ]


def amounts(sums: Sequence[int]) -> list[dict[str, Any]]:
    """Share of the trials that bring each amount, in at most `BINS` stretches of equal length, `to` exclusive; the sums are in order."""
    width = ceil((sums[-1] - sums[0] + 1) / BINS)
    counts = Counter((total - sums[0]) // width for total in sums)
    return [
        {"from": sums[0] + place * width, "to": sums[0] + (place + 1) * width, "value": counts[place] / len(sums)}
        for place in sorted(counts)
    ]


def _against(target: date, start: date, found: dict[str, int], outcomes: Sequence[int]) -> dict[str, Any]:
    left = (target - start).days
    health = "on_track" if left >= found["p85"] else "at_risk" if left >= found["p50"] else "off_track"
    return {"target": str(target), "probability_on_time": sum(days <= left for days in outcomes) / len(outcomes), "health": health}


def how_many(history: Sequence[int], days: int, *, share: float = 1.0, seed: int = SEED, trials: int = TRIALS) -> dict[str, Any]:
    """Items that get done within `days` days with 50, 85 and 95 % certainty: at least so many."""
    if not enough(history):
        return _too_little(history)
    rng, size = Random(seed), len(history)  # noqa: S311
    if share >= 1:
        drawn = np.asarray(history)[(_drawing(rng)(trials * days) * size).astype(np.int64)]
        sums = sorted(int(total) for total in drawn.reshape(trials, days).sum(axis=1))
    else:
        sums = sorted(_total(rng, history, size, days, share) for _ in range(trials))
    value = {name: sums[trials - ceil(level * trials)] for name, level in LEVELS.items()}
    return {
        "status": "ok",
        "value": value,
        "days": days,
        "history_days": len(history),
        "finished": sum(history),
        "trials": trials,
        "seed": seed,
        "amounts": amounts(sums),
    }


def _total(rng: Random, history: Sequence[int], size: int, days: int, share: float) -> int:
    """Items of one trial; all days are drawn before any is thinned."""
    drawn = [history[int(rng.random() * size)] for _ in range(days)]
    return sum(rng.random() < share for count in drawn for _ in range(count))
