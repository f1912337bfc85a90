"""Work with and without AI, held against each other honestly: marks only show a part of it, so every claim is a range.

Marked: by an agent, or with a trailer, footer or label that names a tool. Unknown: no mark, which is not the same as no AI. Bots stand apart.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics.compile import expand, parameters, rows_of, used_parameters
from servers.metrics.decompose import median
from servers.metrics.metric import Percentile, Ratio
from servers.metrics.plan import Plan
from servers.metrics.result import Result
from servers.units import delta_said, said

Numbers = NDArray[np.float64]
LEAST = 20
"""Fewer of either cohort allow no claim (metrics.md, AI-assisted PRs)."""
STEPS = (0.25, 0.5, 0.75, 1.0)
"""Parts of the allowed share that are tried: more of them hidden does not always reach further."""
EXACT, POINTS = 400, 101
"""A larger cohort is read as so many of its percentiles."""
COHORT = "case when f.author_type = 'bot' then 'bot' when f.ai_level in ('agent', 'assisted') then 'marked' else 'unknown' end"


@dataclass(frozen=True)
class Cohort:
    """Values in ascending order, and how much each stands for."""

    values: Numbers
    weights: Numbers
    count: int
    """How many entities there are."""

    @property
    def weight(self) -> float:
        """What a share divides by: entities, or what they amount to."""
        return float(self.weights.sum())

    def taken(self, weight: float, *, largest: bool) -> tuple["Cohort", "Cohort"]:
        """So much of the cohort with the largest or smallest values, and the rest."""
        order = slice(None, None, -1) if largest else slice(None)
        reached = np.cumsum(self.weights[order])
        moved = np.clip(weight - (reached - self.weights[order]), 0, self.weights[order])[order]
        return Cohort(self.values, moved, 0), Cohort(self.values, self.weights - moved, 0)

    def joined(self, other: "Cohort") -> "Cohort":
        """Both cohorts as one."""
        values = np.concatenate([self.values, other.values])
        order = np.argsort(values, kind="stable")
        return Cohort(values[order], np.concatenate([self.weights, other.weights])[order], self.count + other.count)


Center = Callable[[Cohort], float]


def middle(cohort: Cohort) -> float:
    """The median."""
    return median(cohort.values, cohort.weights)


def mean(cohort: Cohort) -> float:
    """The mean; of zeros and ones it is a share."""
    return float((cohort.values * cohort.weights).sum() / cohort.weights.sum())


def bounds(marked: Cohort, unknown: Cohort, center: Center) -> dict[str, float]:
    """The difference as seen, and how far it reaches if up to as many again as are marked, at most half of the rest, were made with AI unseen."""
    hidden = min(marked.weight, unknown.weight / 2)
    found = {"value": center(marked) - center(unknown), "hidden": hidden / unknown.weight}
    reached = [found["value"]]
    for share in STEPS:
        for largest in (False, True):
            moved, rest = unknown.taken(hidden * share, largest=largest)
            reached.append(center(marked.joined(moved)) - center(rest))
    return found | {"lower": min(reached), "upper": max(reached)}


def comparable(plan: Plan) -> bool:
    """Whether work with and without AI is held against each other, by a metric whose entities have a value each."""
    measure = plan.metric.measure
    apart = plan.dimensions == ("ai_level",) and not plan.metric.lower_bound
    return apart and isinstance(measure, Percentile | Ratio)


async def with_cohorts(connection: AsyncConnection, plan: Plan, found: Result) -> Result:
    """The result with `cohorts`, the bounds of their difference, and a warning that says them; a lower bound with its own."""
    if plan.metric.lower_bound and isinstance(found.value, float | int):
        found.bounds = {"lower": float(found.value), "upper": 1.0}
        found.warnings.append(f"lower_bound: this is the least; {plan.metric.lower_bound}.")
    if not comparable(plan) or found.status != "ok":
        return found
    cohorts = await _read(connection, plan)
    center: Center = middle if isinstance(plan.metric.measure, Percentile) and not plan.metric.measure.mean else mean
    found.cohorts = {name: {"n": cohort.count, "value": center(cohort)} for name, cohort in cohorts.items()}
    marked, unknown = cohorts.get("marked"), cohorts.get("unknown")
    if marked is None or unknown is None or min(marked.count, unknown.count) < LEAST:
        found.warnings.append(f"ai_cohorts: fewer than {LEAST} with or without a mark of AI, so nothing is claimed about the difference.")
        return found
    difference = bounds(marked, unknown, center)
    found.cohorts["difference"] = difference
    found.warnings.append(f"ai_cohorts: {found.title} {_said(found.cohorts, difference, found.unit)}")
    return found


def _said(cohorts: Mapping[str, Any], difference: Mapping[str, float], unit: str) -> str:
    sides = [f"{said(cohorts[name]['value'], unit)} (n {cohorts[name]['n']})" for name in ("marked", "unknown")]
    reach = [delta_said(difference[name], unit) for name in ("lower", "upper")]
    sign = "even its sign is open" if difference["lower"] <= 0 <= difference["upper"] else "its sign holds"
    return (
        f"with a mark of AI {sides[0]}, without one {sides[1]}: {delta_said(difference['value'], unit)}. No mark does not mean no AI: if "
        f"{difference['hidden'] * 100:.0f} % of the unmarked or fewer were made with it too, the difference lies between {reach[0]} and {reach[1]}, so {sign}. "
        "An association, not a cause."
    )


async def _read(connection: AsyncConnection, plan: Plan) -> dict[str, Cohort]:
    """The values of each cohort, by one statement; bots are read beside the others."""
    whole = replace(plan, include_bots=True, dimensions=(), compare=None)
    sql = plan.seen(_shares(whole, plan.metric.measure) if isinstance(plan.metric.measure, Ratio) else _values(whole))
    rows = (await connection.execute(text(sql), used_parameters(sql, parameters(whole)))).mappings().all()
    return {row["cohort"]: _cohort(dict(row)) for row in rows}


def _values(plan: Plan) -> str:
    """Per cohort its values, all of them or as many percentiles, and how many entities each stands for."""
    rows = f"select {COHORT} as cohort, f._v as v from {rows_of(plan, (), current_only=True)} f where f._v is not null"
    quantiles = ", ".join(f"{(place + 0.5) / POINTS:.6f}" for place in range(POINTS))
    points = (
        f"case when count(*) <= {EXACT} then array_agg(v order by v) else percentile_cont(array[{quantiles}]) within group (order by v) end"
    )
    made = f"select cohort, count(*) as n, {points} as points from ({rows}) r group by cohort"
    return f"select cohort, n, points, array_fill(n::float8 / cardinality(points), array[cardinality(points)]) as weights from ({made}) m"


def _shares(plan: Plan, measure: Ratio) -> str:
    """Per cohort its shares in steps of a hundredth, each with the sum of its denominators: entities, or what they amount to."""
    num, den = (f"({expand(plan, part)})" for part in (measure.numerator, measure.denominator))
    above, below, counted = (
        (f"{num}::float8", f"{den}::float8", f"{den} > 0") if measure.sums else (f"{num}::int::float8", "1.0::float8", den)
    )
    rows = f"select {COHORT} as cohort, {above} as above, {below} as below from {rows_of(plan, (), current_only=True)} f where {counted}"
    steps = (
        f"select cohort, count(*) as n, sum(above) / sum(below) as v, sum(below) as w from ({rows}) r"
        " group by cohort, width_bucket(above / below, 0, 1, 100)"
    )
    return f"select cohort, sum(n)::int as n, array_agg(v order by v) as points, array_agg(w order by v) as weights from ({steps}) s group by cohort"


def _cohort(row: Mapping[str, Any]) -> Cohort:
    return Cohort(np.array(row["points"], dtype=np.float64), np.array(row["weights"], dtype=np.float64), int(row["n"]))
