"""Signal or noise in the recent series of a metric, by the limits of its own past (XmR)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics.buckets import Grain
from servers.metrics.catalogue import metric_named
from servers.metrics.coverage import Coverage, read_coverage
from servers.metrics.engine import measure_on
from servers.metrics.metric import Metric
from servers.metrics.plan import Plan, WrongQuestion
from servers.metrics.question import Question
from servers.metrics.signals.xmr import MIN_VALUES, signals
from store.database import Database
from store.settings import Settings

WATCHED = (
    "deployment_frequency",
    "change_lead_time",
    "change_fail_rate",
    "failed_deployment_recovery_time",
    "pr_cycle_time",
    "throughput",
)
"""What is looked at when no metric is named."""
DEFAULT_PERIOD: Mapping[Grain, str] = {"week": "last_26_weeks", "month": "last_18_months"}
"""Complete buckets only: enough for eight judged values and a baseline before them."""


@dataclass(frozen=True)
class Look:
    """Whose series is judged, and as known when; `revision`: the version of the data, without it that of `as_of`, or the newest."""

    period: str | None = None
    grain: Grain | None = None
    filters: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    as_of: datetime | None = None
    revision: int | None = None


async def find_anomalies(db: Database, settings: Settings, look: Look, metric: str | None = None) -> list[dict[str, Any]]:
    """One control chart per metric: the envelope with its series of complete buckets, and `xmr` with limits and signals."""
    async with db.connect() as connection:
        wanted = [metric_named(name) for name in ((metric,) if metric else WATCHED)]
        if not wanted[0].aggregated:
            raise WrongQuestion(
                f"{wanted[0].id} has no series to judge; leave the metric out or name one with a series, such as {WATCHED[0]}."
            )
        coverage = await read_coverage(connection, settings)
        return [await _chart(connection, settings, one, look, coverage) for one in wanted]


async def answer(connection: AsyncConnection, settings: Settings, plan: Plan, coverage: Coverage) -> dict[str, Any]:
    """What `query_metric` says to anomaly_xmr: the signals over the delivery set, all series as of the oldest of their sources."""
    filters = {chosen.dimension: list(chosen.shown) for chosen in plan.filters}
    watched = [metric for name in WATCHED if set(filters) <= set((metric := metric_named(name)).dimensions)]
    as_of = coverage.known_until(sorted({source for metric in watched for source in metric.needs}), plan.as_of)
    look = Look(filters=filters, as_of=as_of, revision=plan.revision)
    charts = [await _chart(connection, settings, metric, look, coverage) for metric in watched]
    judged = [chart for chart in charts if chart["status"] == "ok" and "center" in chart]
    about: dict[str, Any] = {"as_of": as_of} | ({"window": _spanned(charts)} if charts else {})
    signals = [{"metric": chart["metric"], "unit": chart["unit"], **signal} for chart in judged for signal in chart["signals"]]
    if not judged:
        return {"status": "not_enough_data", "value": None, "n": 0, "needs": MIN_VALUES} | about
    names = [chart["metric"] for chart in judged]
    return {"status": "ok", "value": len(signals), "n": len(judged), "judged": names, "items": signals} | about


def _spanned(charts: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """From the first to the last day of all series: what was looked at, whatever window was asked for."""
    windows = [chart["window"] for chart in charts]
    return {"from": min(one["from"] for one in windows), "to": max(one["to"] for one in windows), "tz": windows[0]["tz"]}


async def _chart(connection: AsyncConnection, settings: Settings, metric: Metric, look: Look, coverage: Coverage) -> dict[str, Any]:
    cut = look.grain or ("week" if "week" in metric.grains else "month")
    period = look.period or DEFAULT_PERIOD.get(cut)
    asked = Question(metric.id, period, grain=cut, filters=look.filters, as_of=look.as_of, revision=look.revision)
    document = (await measure_on(connection, settings, asked, coverage)).document()
    if look.period and len(_complete(document)) < MIN_VALUES and cut in DEFAULT_PERIOD:
        wider = replace(asked, period=DEFAULT_PERIOD[cut])
        document = (await measure_on(connection, settings, wider, coverage)).document()
        document["warnings"].append(
            f"wider_period: {look.period} has fewer than {MIN_VALUES} complete {cut}s; {DEFAULT_PERIOD[cut]} was read instead."
        )
    return judged_series(document, metric)


def _complete(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [point for point in document.get("series", []) if not point["partial"]]


def judged_series(document: dict[str, Any], metric: Metric) -> dict[str, Any]:
    """The envelope with its complete buckets only, and what the limits say of them."""
    points = _complete(document)
    values = [point["value"] if not isinstance(point["value"], dict) else None for point in points]
    found = signals(values, metric.better)
    for signal in found["signals"]:
        signal["bucket"] = points[signal["index"]]["bucket"]
    document["series"] = points
    document["warnings"] = [*document["warnings"], *found.pop("warnings")]
    limits = {name: found[name] for name in ("center", "lower", "upper") if name in found}
    unknown = document["status"] in ("no_coverage", "not_configured")
    short = {} if found["status"] == "ok" or unknown else {"status": found["status"], "needs": MIN_VALUES, "n": found["n"], "value": None}
    return document | limits | short | {"signals": found["signals"], "xmr": found}
