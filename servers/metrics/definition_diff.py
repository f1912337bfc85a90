"""What a changed definition or mapping would move: twelve months of every team, before and after, with nothing kept of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from etl.derive.refresh import LOCK, refresh_on
from servers.metrics.buckets import Grain
from servers.metrics.catalogue import CATALOGUE, metric_named
from servers.metrics.change import relative_change
from servers.metrics.engine import measure_on
from servers.metrics.metric import Metric
from servers.metrics.plan import WrongQuestion
from servers.metrics.question import Question
from servers.metrics.result import Point, Value
from store.database import Database
from store.settings import Settings

MONTHS = "last_12_months"
ALL = "(all)"
"""The whole organisation, beside its teams."""
Series = dict[str, tuple[Value, list[Point]]]
"""Per team the value of the year and its months."""


async def definition_diff(
    db: Database,
    settings: Settings,
    *,
    proposed: Settings | None = None,
    rules: Mapping[str, str] | None = None,
    metrics: Sequence[str] = (),
) -> dict[str, Any]:
    """Every metric and team whose last twelve months differ under `proposed` settings or other `rules` of the metrics.

    The facts are derived under the proposal inside a transaction that is taken back, so nobody sees them and nothing is kept.

    Raises:
        PulseError: a metric or rule is unknown, or the proposal cannot be derived.
    """
    chosen = _chosen(metrics, rules or {})
    async with db.connect() as connection:
        transaction = await connection.begin()
        try:
            before = await _measured(connection, settings, chosen, {})
            if proposed is not None:
                await connection.execute(text(LOCK))
                await refresh_on(await Database.raw(connection), proposed)
            after = await _measured(connection, proposed or settings, chosen, rules or {})
        finally:
            await transaction.rollback()
    compared = [_compared(metric, before[metric.id], after[metric.id]) for metric in chosen]
    return {
        "window": MONTHS,
        "rules": dict(rules or {}),
        "metrics": [found for found in compared if found["teams"]],
        "unmoved": [found["metric"] for found in compared if not found["teams"]],
    }


def _chosen(metrics: Sequence[str], rules: Mapping[str, str]) -> list[Metric]:
    """The metrics asked for, else all; with rules those that know all of them."""
    named = [metric_named(name) for name in metrics] or [metric for metric in CATALOGUE.values() if metric.aggregated]
    knowing = [metric for metric in named if rules.keys() <= metric.variants.keys()]
    if not knowing:
        known = sorted({f"{metric.id}: {name}={'|'.join(values)}" for metric in named for name, values in metric.variants.items()})
        raise WrongQuestion(f"No such metric knows the rule {', '.join(rules)}; known: {'; '.join(known)}.")
    return knowing


async def _measured(
    connection: AsyncConnection, settings: Settings, metrics: Iterable[Metric], rules: Mapping[str, str]
) -> dict[str, Series]:
    return {metric.id: await _series(connection, settings, metric, rules) for metric in metrics}


async def _series(connection: AsyncConnection, settings: Settings, metric: Metric, rules: Mapping[str, str]) -> Series:
    grain: Grain = "month" if "month" in metric.grains else "total"
    cut = ["team"] if "team" in metric.dimensions else []
    found = await measure_on(connection, settings, Question(metric.id, MONTHS, grain=grain, group_by=cut, params=rules))
    teams: Series = {group.dimensions["team"]: (group.value, group.series or []) for group in found.groups or []}
    return {ALL: (found.value, found.series or [])} | teams


def _compared(metric: Metric, before: Series, after: Series) -> dict[str, Any]:
    """The teams whose year or any of whose months differ."""
    teams = [_team(name, before.get(name, (None, [])), after.get(name, (None, []))) for name in {**before, **after}]
    return {
        "metric": metric.id,
        "title": metric.title,
        "unit": metric.unit,
        "teams": [team for team in teams if team["before"] != team["after"] or team["months_moved"]],
    }


def _team(name: str, before: tuple[Value, list[Point]], after: tuple[Value, list[Point]]) -> dict[str, Any]:
    old, new = ({point.bucket: point.value for point in points} for points in (before[1], after[1]))
    months = [{"bucket": bucket, "before": old.get(bucket), "after": new.get(bucket)} for bucket in sorted({*old, *new})]
    was, becomes = number(before[0]), number(after[0])
    return {
        "team": name,
        "before": before[0],
        "after": after[0],
        "delta": None if was is None or becomes is None else becomes - was,
        "relative": relative_change(becomes, was),
        "months_moved": sum(month["before"] != month["after"] for month in months),
        "months": months,
    }


def number(value: Value) -> float | None:
    """The value as a number, where it is one."""
    return float(value) if isinstance(value, float | int) else None
