"""Receipts of the demo company: every cell leads to its records, and every answer can be computed again."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.front import Front
from gateway.tools import call
from servers.metrics.catalogue import CATALOGUE
from servers.metrics.engine import measure
from servers.metrics.metric import Metric, Percentile, Ratio, Total
from servers.metrics.question import Question
from servers.metrics.receipts import keep
from servers.metrics.reproduce import reproduce
from servers.metrics.result import Figure, Result
from servers.metrics.trace import trace
from store.database import Database, open_database
from store.settings import Settings

COMPILED = [metric for metric in CATALOGUE.values() if metric.aggregated]
BY_MONTH = ("deployment_frequency", "change_fail_rate", "pr_cycle_time", "net_flow", "wip")
"""One of each kind is also traced bucket by bucket."""
FEW = 50
"""Records on one page: up to so many are added up here."""


def cells(found: Result) -> Iterator[tuple[str | None, Figure]]:
    """Every figure of a result with the words that lead to it."""
    yield None, found
    if found.compare:
        yield "window=before", found.compare
    yield from ((f"bucket={point.bucket}", point) for point in found.series or [])
    for group in found.groups or []:
        name = "&".join(f"{dimension}={member}" for dimension, member in group.dimensions.items())
        yield name, group
        yield from ((f"{name}&bucket={point.bucket}", point) for point in group.series or [])
        if group.compare:
            yield f"{name}&window=before", group.compare


async def wrong_cells(db: Database, settings: Settings, metric: Metric) -> list[object]:
    """Cells whose records do not add up to them, or lack a link."""
    cut = next((name for name in ("owner_team", "team") if name in metric.dimensions), metric.dimensions[0])
    grain = "month" if metric.id in BY_MONTH else "total"
    found = await measure(db, settings, Question(metric.id, "2026-Q3", grain=grain, group_by=[cut], compare="previous"))
    evidence = await keep(db, settings, tool="metrics.query_metric", arguments={"metric": metric.id}, result=found)
    wrong: list[object] = []
    for cell, figure in cells(found):
        listed = await trace(db, settings, evidence, cell)
        unlinked = [row[0] for row in listed["rows"] if not str(row[-1] or "").startswith("http")]
        if (
            listed["total"] != (figure.n or 0)
            or unlinked
            or not adds_up(metric, figure, listed["rows"])
            or not told(metric, figure, listed)
        ):
            wrong.append((metric.id, cell, figure.n, listed["total"], unlinked[:3]))
    return wrong


def adds_up(metric: Metric, figure: Figure, rows: list[list[object]]) -> bool:
    """Whether the contributions of the records give the figure; longer lists than a page are taken by their number alone."""
    given = [row[3:-1] for row in rows]
    values = [float(value[0]) for value in given if isinstance(value[0], int | float)]
    if len(rows) >= FEW or figure.value is None:
        return True
    if isinstance(metric.measure, Percentile):
        return bool(figure.stats) and figure.stats["mean"] == pytest.approx(sum(values) / len(values), abs=1e-3)
    if isinstance(metric.measure, Total):
        return figure.value == pytest.approx(sum(values))
    if isinstance(metric.measure, Ratio) and metric.fact.records != "true":
        return figure.numerator == pytest.approx(sum(values))
    if isinstance(metric.measure, Ratio) and metric.measure.sums:
        return figure.value == pytest.approx(sum(values) / sum(float(str(value[1])) for value in given), abs=1e-3)
    return not isinstance(metric.measure, Ratio) or sum(value[0] is True for value in given) == figure.numerator


def told(metric: Metric, figure: Figure, listed: dict[str, Any]) -> bool:
    """Whether a list, however long, says that as many of its records are in the numerator of a share as the figure says."""
    shared = isinstance(metric.measure, Ratio) and not metric.measure.sums
    return not shared or not listed["total"] or f"{figure.numerator or 0:.0f} of them" in listed["note"]


@pytest.mark.timeout(300)
async def test_the_records_behind_every_cell_of_every_metric_add_up_to_it(demo_settings: Settings) -> None:
    """Total, compared window, bucket and group: as many records as the figure counts, their contributions give it, and each has a link."""
    async with open_database(demo_settings, role="app") as db:
        assert [found for metric in COMPILED for found in await wrong_cells(db, demo_settings, metric)] == []


@pytest.mark.timeout(120)
async def test_every_receipt_is_computed_again_to_identical_bytes(front: Front) -> None:
    """Whatever the period word, the grouping and the comparison: asked again from its receipt, an answer is the same to the byte."""
    asked: list[dict[str, object]] = [{"metric": metric.id, "period": "last_quarter", "compare": "previous"} for metric in COMPILED]
    asked += [{"metric": "pr_cycle_time", "grain": "week", "group_by": ["team", "size_bucket"], "filters": {"team": "Paymnets"}}]
    asked += [{"metric": "change_lead_time", "period": "qtd", "filters": {"start": "merged", "repo": "payments-api"}}]
    given = [await call(front.tools, "metrics_query_metric", **arguments) for arguments in asked]
    given += [await call(front.tools, "metrics_dora_report", period="2026-Q3", team="checkout", compare="year_ago")]
    again = await asyncio.gather(*(reproduce(front.db, front.settings, document["evidence"]) for document in given))
    assert [(report["evidence"], report["differs"]) for report in again if not report["identical"]] == []
