"""Every team and metric at once, tested against a false-alarm budget: what is worth a message, and what was looked at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from servers.metrics.buckets import Grain
from servers.metrics.catalogue import CATALOGUE, metric_named
from servers.metrics.compile import OTHER, UNMAPPED
from servers.metrics.engine import measure_on
from servers.metrics.metric import Count, Metric, Ratio, Total
from servers.metrics.question import Question
from servers.metrics.signals.budget import LEVEL_OF, Scale, Tested, allowed_chance, judge
from store.database import Database
from store.errors import InvalidQuestion
from store.settings import Settings

BUDGET = 0.1
"""False alarms that all tests of one look may raise on average: one look in ten."""
WATCHED = {
    "week": (
        "deployment_frequency", "change_lead_time", "pr_cycle_time", "pr_pickup_time", "pr_review_time", "pr_size", "throughput",
        "issue_cycle_time", "net_flow", "incident_count",
    ),
    "month": (
        "deployment_frequency", "change_lead_time", "change_fail_rate", "deployment_rework_rate", "time_to_restore", "pr_cycle_time",
        "pr_pickup_time", "unreviewed_merge_rate", "revert_rate", "throughput", "issue_cycle_time", "reopen_rate", "incident_count",
    ),
}  # fmt: skip
"""What is looked at by week and by month."""
SPAN = {"week": "last_30_weeks", "month": "last_18_months"}
EVERYBODY = "(all)"


@dataclass(frozen=True)
class Series:
    """The complete buckets of one metric of one team, with what each stands on."""

    metric: Metric
    team: str
    points: Sequence[Mapping[str, Any]]


async def watch(
    db: Database,
    settings: Settings,
    *,
    grain: str = "week",
    metric: str | None = None,
    filters: Mapping[str, str | Sequence[str]] | None = None,
    as_of: datetime | None = None,
) -> dict[str, Any]:
    """The findings that pass, the most surprising first, and `checked`: pairs, tests, the budget and the chance that each test was allowed."""
    names = (metric_named(metric).id,) if metric else WATCHED[grain]
    if metric and not (CATALOGUE[metric].aggregated and "team" in CATALOGUE[metric].dimensions and grain in CATALOGUE[metric].grains):
        raise InvalidQuestion(f"{metric} has no series by team and {grain}; leave the metric out or name one such as {WATCHED[grain][0]}.")
    read: list[Series] = []
    warnings: list[str] = []
    async with db.connect() as connection:
        for name in names:
            cut: Grain = "month" if grain == "month" else "week"
            question = Question(name, SPAN[grain], grain=cut, group_by=("team",), filters=filters or {}, as_of=as_of)
            document = (await measure_on(connection, settings, question)).document()
            read += list(_series(document, whole=not filters))
            warnings += document["warnings"]
            known_at = document["as_of"]
    judged = [(series, test) for series in read for test in judge(_values(series), scale_of(series.metric))]
    limit = allowed_chance(BUDGET, len(judged))
    passed = sorted(((series, test) for series, test in judged if test.chance <= limit), key=lambda pair: pair[1].chance)
    pairs = {(series.metric.id, series.team) for series, _ in judged}
    checked = {
        "pairs": len(pairs),
        "too_short": len(read) - len(pairs),
        "tests": len(judged),
        "metrics": list(names),
        "teams": sorted({team for _, team in pairs}),
        "budget": BUDGET,
        "allowed_chance": limit,
    }
    return {
        "status": "ok" if pairs else "not_enough_data",
        "grain": grain,
        "as_of": known_at,
        "findings": [_finding(series, test, grain) for series, test in _once(passed)],
        "checked": checked,
        "warnings": list(dict.fromkeys(warning for warning in warnings if not warning.startswith("data_"))),
    }


def scale_of(metric: Metric) -> Scale:
    """How the values of a metric spread."""
    if isinstance(metric.measure, Count):
        return "count"
    if isinstance(metric.measure, Ratio):
        return "ratio"
    return "plain" if isinstance(metric.measure, Total) else "duration"


def _series(document: Mapping[str, Any], *, whole: bool) -> Iterator[Series]:
    metric = metric_named(document["metric"])
    groups = [(group["dimensions"]["team"], group.get("series") or []) for group in document.get("groups") or []]
    groups += [(EVERYBODY, document.get("series") or [])] if whole else []
    for team, points in groups:
        if team not in (UNMAPPED, OTHER):
            yield Series(metric, team, [point for point in points if not point["partial"]])


def _values(series: Series) -> list[float]:
    """Known values; a newest bucket without one has nothing to say about now."""
    if not series.points or not isinstance(series.points[-1].get("value"), int | float):
        return []
    return [float(point["value"]) for point in series.points if isinstance(point.get("value"), int | float)]


def _once(passed: Sequence[tuple[Series, Tested]]) -> Iterator[tuple[Series, Tested]]:
    """One finding per pair: its more surprising test."""
    seen: set[tuple[str, str]] = set()
    for series, test in passed:
        pair = (series.metric.id, series.team)
        if pair not in seen:
            seen.add(pair)
            yield series, test


def _finding(series: Series, test: Tested, grain: str) -> dict[str, Any]:
    newest, better = series.points[-1], series.metric.higher_is_better
    since = newest if test.test == "newest" else [point for point in series.points if point.get("value") is not None][-LEVEL_OF]
    rises = test.value > test.center
    effect = "change" if better is None else "better" if rises == better else "worse"
    found = {
        "metric": series.metric.id,
        "title": series.metric.title,
        "unit": series.metric.unit.removesuffix("/week"),
        "team": series.team,
    }
    return found | {
        "test": test.test,
        "bucket": newest["bucket"],
        "since": since["bucket"],
        "grain": grain,
        "value": test.value,
        "n": newest.get("n"),
        "usual": {"center": test.center, "lower": test.lower, "upper": test.upper},
        "effect": effect,
        "chance": test.chance,
    }
