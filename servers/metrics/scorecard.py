"""The C-level scorecard: a fixed set of metrics over one window, each against the window before, judged by size of change and by XmR signals."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics.buckets import Grain
from servers.metrics.catalogue import CATALOGUE, metric_named
from servers.metrics.change import verdict
from servers.metrics.coverage import Coverage, read_coverage
from servers.metrics.engine import measure_on
from servers.metrics.metric import Metric
from servers.metrics.plan import Plan
from servers.metrics.question import Question
from servers.metrics.signals.xmr import signals
from store.clock import Window, local_midnight
from store.database import Database
from store.settings import Settings

SCORECARD: tuple[tuple[str, ...], ...] = (
    ("deployment_frequency",),
    ("change_lead_time",),
    ("change_fail_rate",),
    ("failed_deployment_recovery_time",),
    ("sprint_say_do", "sle_attainment"),
    ("milestone_on_time_rate",),
    ("escaped_defect_ratio",),
    ("investment_allocation",),
    ("ai_assisted_pr_share",),
    ("incident_count",),
)
"""In this order; of several the first that has a value."""
DEFAULT_PERIOD = "last_quarter"
_HISTORY = {"week": timedelta(weeks=26), "month": timedelta(days=550)}
_SHIFT = 0.1
"""A share of capacity that moved by so much has changed."""


async def executive_report(
    db: Database,
    settings: Settings,
    *,
    period: str | None = None,
    team: str | None = None,
    service: str | None = None,
    compare: str | None = "previous",
) -> dict[str, Any]:
    """The scorecard of one period, by default the last quarter; `metrics` are result envelopes with `signals` and `trend`."""
    filters = {name: value for name, value in (("team", team), ("service", service)) if value is not None}
    async with db.connect() as connection:
        coverage = await read_coverage(connection, settings)
        question = Question("", period or DEFAULT_PERIOD, grain="total", filters=filters, compare=compare)
        rows, left_out = await _rows(connection, settings, question, coverage)
    warnings = [*left_out, *(warning for found in rows for warning in found["warnings"])]
    return {
        "title": "Scorecard",
        "period": period or DEFAULT_PERIOD,
        "window": rows[0]["window"],
        "as_of": max(found["as_of"] for found in rows),
        "metrics": rows,
        "warnings": list(dict.fromkeys(warnings)),
    }


async def answer(connection: AsyncConnection, settings: Settings, plan: Plan, coverage: Coverage) -> dict[str, Any]:
    """What `query_metric` says to kpi_scorecard: no number of its own, but each row with value, n, what was before and the verdict."""
    filters = {chosen.dimension: list(chosen.shown) for chosen in plan.filters}
    question = Question(
        "",
        window=plan.window,
        grain="total",
        filters=filters,
        compare="previous",
        compare_window=plan.compare,
        as_of=plan.as_of,
        revision=plan.revision,
        tz=plan.tz,
    )
    rows, left_out = await _rows(connection, settings, question, coverage)
    known = [line for line in rows if line["status"] == "ok"]
    found = {"n": len(known), "items": [_item(line) for line in rows], "warnings": left_out}
    return {"status": "ok", **found} if known else {"status": "not_enough_data", "needs": 1, **found}


def _item(line: Mapping[str, Any]) -> dict[str, Any]:
    before = line.get("compare") or {}
    kept = {name: line[name] for name in ("metric", "title", "unit", "status", "value") if name in line}
    base = line.get("denominator", line.get("n"))
    return kept | {
        "n": base,
        "before": before.get("value"),
        "verdict": before.get("verdict", "not enough data"),
        "signals": len(line["signals"]),
    }


async def _rows(
    connection: AsyncConnection, settings: Settings, question: Question, coverage: Coverage
) -> tuple[list[dict[str, Any]], list[str]]:
    """One row per line of the set, and what is not in it."""
    rows, left_out = [], []
    for choice in SCORECARD:
        offered = [CATALOGUE[name] for name in choice]
        fitting = [(metric, filters) for metric in offered if (filters := _filters(metric, question.filters)) is not None]
        if not fitting:
            left_out.append(f"not_cut: {offered[0].title} is not known by {' and '.join(question.filters)} and left out.")
        for place, (metric, filters) in enumerate(fitting, 1):
            found = await row(connection, settings, replace(question, metric=metric.id, filters=filters), coverage)
            if found["status"] == "ok" or place == len(fitting):
                rows.append(found)
                break
    return rows, left_out


def _filters(metric: Metric, wanted: Mapping[str, Any]) -> dict[str, Any] | None:
    """The filters in dimensions of the metric: of changes the team is the owner of the service. None when it lacks one."""
    named = {("owner_team" if name == "team" and "owner_team" in metric.dimensions else name): value for name, value in wanted.items()}
    return named if set(named) <= set(metric.dimensions) else None


async def row(connection: AsyncConnection, settings: Settings, question: Question, coverage: Coverage) -> dict[str, Any]:
    """The envelope over the window, with the series that leads to it and the signals inside the window."""
    metric = metric_named(question.metric)
    found = await measure_on(connection, settings, question, coverage)
    document = found.document() | {"signals": [], "trend": []}
    if document["status"] != "ok" or isinstance(document["value"], dict):
        return _judged(document, metric)
    start = document["window"]["from"][:10]
    points = await history(connection, settings, document, coverage)
    judged = signals([point["value"] for point in points], metric.better)["signals"]
    document["trend"] = [{"bucket": point["bucket"], "value": point["value"]} for point in points]
    document["signals"] = [
        signal | {"bucket": points[signal["index"]]["bucket"]} for signal in judged if points[signal["index"]]["bucket"] >= start
    ]
    return _judged(document, metric)


async def history(connection: AsyncConnection, settings: Settings, document: Mapping[str, Any], coverage: Coverage) -> list[dict[str, Any]]:
    """The complete weeks, or where the metric has none the months, that lead to the end of a result's window, as it knew them."""
    metric, tz = metric_named(document["metric"]), document["window"]["tz"]
    grain: Grain = "week" if "week" in metric.grains else "month"
    end = local_midnight(date.fromisoformat(min(document["window"]["to"], document["as_of"])[:10]), tz)
    window = Window(end - _HISTORY[grain], end, tz)
    question = Question(
        metric.id,
        window=window,
        grain=grain,
        filters=document.get("filters") or {},
        as_of=datetime.fromisoformat(document["as_of"]),
        revision=document.get("revision"),
        tz=tz,
    )
    points = (await measure_on(connection, settings, question, coverage)).document()["series"] or []
    return [point for point in points if not point["partial"]]


def _judged(document: dict[str, Any], metric: Metric) -> dict[str, Any]:
    """The verdict of the comparison, with the signals taken into account; shares have changed when one of them moved by a tenth of the whole."""
    before = document.get("compare")
    if not before:
        return document
    value, earlier = document["value"], before["value"]
    if isinstance(value, dict) and isinstance(earlier, dict):
        moved = max(abs((value.get(name) or 0) - (earlier.get(name) or 0)) for name in {*value, *earlier})
        before["verdict"] = "changed" if moved >= _SHIFT else "no clear change"
    elif not isinstance(value, dict) and not isinstance(earlier, dict):
        before["verdict"] = verdict(value, earlier, metric.better, xmr_signal=bool(document["signals"]))
    return document
