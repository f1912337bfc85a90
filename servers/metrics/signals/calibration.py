"""Did earlier forecasts hold? The same forecast made again on past days, held against what then happened.

Walking forward: every seventh day in the past is taken for today, only the days before it are read, and a forecast is judged once its date has passed.
"""

from collections.abc import Callable, Iterator, Sequence
from math import comb
from typing import Any

from servers.metrics.signals import forecast

STEP_DAYS = 7
ANCHORS = 26
"""Past forecasts that are judged, at most: half a year of weeks."""
MIN_ANCHORS = 6
TRIALS = 400
"""Per past forecast: enough for its 85 % level."""
RECENT_DAYS = 28
LEVEL = 0.85
DOUBTFUL = 0.05
"""A hit rate this unlikely under the promised level means that the forecast does not fit this work."""
REFUSED_BELOW = 0.6
"""Neighbouring past forecasts share days, so chance alone says too little: the rate itself must be poor too."""
RECORD_DAYS = forecast.HISTORY_DAYS + ANCHORS * STEP_DAYS + 2 * RECENT_DAYS
"""Days of history worth reading for it."""


def dates_held(history: Sequence[int], remaining: int) -> dict[str, Any]:
    """How often the p85 date for so many items held; more items than four weeks bring are judged by what four weeks bring."""
    items = max(1, min(remaining, sum(history[-RECENT_DAYS:])))

    def held(seen: Sequence[int], later: Sequence[int]) -> bool | None:
        days = forecast.certain_days(seen, items, LEVEL, trials=TRIALS)
        return None if days > len(later) else sum(later[:days]) >= items

    return _judged(history, held) | {"items": items}


def amounts_held(history: Sequence[int], days: int) -> dict[str, Any]:
    """How often at least the p85 amount was finished within so many days; longer than four weeks is judged by four weeks."""
    span = min(days, RECENT_DAYS)

    def held(seen: Sequence[int], later: Sequence[int]) -> bool | None:
        if span > len(later):
            return None
        return sum(later[:span]) >= int(forecast.how_many(seen, span, trials=TRIALS)["value"]["p85"])

    return _judged(history, held) | {"span_days": span}


def _judged(history: Sequence[int], held: Callable[[Sequence[int], Sequence[int]], bool | None]) -> dict[str, Any]:
    verdicts = [verdict for seen, later in _anchors(history) if (verdict := held(seen, later)) is not None][:ANCHORS]
    hits, tried = sum(verdicts), len(verdicts)
    if tried < MIN_ANCHORS:
        return {"status": "not_enough_data", "held": hits, "of": tried, "needs": MIN_ANCHORS, "rate": None, "level": LEVEL}
    doubtful = chance_of_at_most(hits, tried, LEVEL) < DOUBTFUL and hits / tried < REFUSED_BELOW
    return {"status": "uncalibrated" if doubtful else "ok", "held": hits, "of": tried, "rate": hits / tried, "level": LEVEL}


def _anchors(history: Sequence[int]) -> Iterator[tuple[Sequence[int], Sequence[int]]]:
    """What was known on a past day and what came after it, the newest day first."""
    for place in range(len(history) - 1, forecast.MIN_DAYS - 1, -STEP_DAYS):
        seen = history[max(0, place - forecast.HISTORY_DAYS) : place]
        if forecast.enough(seen):
            yield seen, history[place:]


def chance_of_at_most(hits: int, tries: int, level: float) -> float:
    """Probability of so few hits if each came with probability `level` (binomial)."""
    return sum(comb(tries, count) * level**count * (1 - level) ** (tries - count) for count in range(hits + 1))
