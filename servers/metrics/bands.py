"""Published levels as context: which one a value belongs to, and how deployment frequency is said in words."""

from servers.metrics.metric import Band, Metric

MIN_WINDOW_DAYS = 28
"""Bands are shown for windows of at least four weeks."""
_CADENCE = (
    (5.0, "more than once a working day"),
    (1.0, "between once a day and once a week"),
    (12 / 52, "between once a week and once a month"),
    (2 / 52, "between once a month and once every six months"),
)


def band_for(metric: Metric, wanted_set: str) -> Band | None:
    """The published levels to use: those of the wanted set, else the metric's own default (its first)."""
    chosen = next((band for band in metric.bands if band.band_set == wanted_set), None)
    return chosen or next((band for band in metric.bands if band.default), None)


def level(band: Band, value: float, better: str) -> str:
    """The level of a value. For lower-is-better a level holds below its limit, else from its limit upwards; `>` limits are exclusive."""
    for name, limit in band.levels:
        if limit is None:
            return name
        if (
            (value < limit)
            if better == "lower"
            else (value > limit if band.exclusive_best and name == band.levels[0][0] else value >= limit)
        ):
            return name
    return band.levels[-1][0]


def cadence(per_week: float) -> str:
    """Deployments per week in the words of the survey classes."""
    if per_week > _CADENCE[0][0]:
        return _CADENCE[0][1]
    return next((words for limit, words in _CADENCE[1:] if per_week >= limit), "less than once every six months")
