"""How evenly something is spread over people: what each of them carries, read without names, and what it says."""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate

from servers.metrics.metric import Spread

HALF = 0.5


def gini(loads: Sequence[float]) -> float:
    """Σ|x_i − x_j| ÷ (2n²·mean): 0 when all carry the same, towards 1 when one carries all."""
    total, count = sum(loads), len(loads)
    ranked = sum((2 * place - count - 1) * load for place, load in enumerate(sorted(loads), 1))
    return ranked / (count * total)


def absence_factor(loads: Sequence[float]) -> int:
    """The smallest number of people who together carry at least half."""
    half = HALF * sum(loads)
    sums = accumulate(sorted(loads, reverse=True))
    return next(place for place, carried in enumerate(sums, 1) if carried >= half)


def top_share(loads: Sequence[float]) -> float:
    """The share of the one who carries most."""
    return max(loads) / sum(loads)


JUDGES: Mapping[str, Callable[[Sequence[float]], float]] = {"gini": gini, "absence_factor": absence_factor}


def spread_sql(measure: Spread, place: str, source: str, sets: Sequence[Sequence[str]]) -> str:
    """SQL: per cell what each person carries, the most first; who it is stays inside the statement."""
    grouping = ", ".join("(" + ", ".join([*names, measure.person]) + ")" for names in sets)
    each = (
        f"select {place}, {'count(*)' if measure.apart else f'count(distinct {measure.entity})'} as carried from {source} f where {measure.person} is not null "
        f"group by grouping sets ({grouping})"
    )
    columns = "count(*) as n, null::float8 as num, null::float8 as den, array_agg(carried order by carried desc)::float8[] as p"
    more = "null::float8 as mean, null::float8 as top, count(*) as people"
    return f"select no_bucket, no_group, win, bucket, d1, d2, {columns}, {more} from ({each}) per_person group by 1, 2, 3, 4, 5, 6"
