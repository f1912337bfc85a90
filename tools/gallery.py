"""docs/gallery.md: every kind of chart, with the tool call that leads to it and a picture from the demo company.

python -m tools.gallery [KIND …]    take the pictures anew, from the store in use (`pulse sync` fills one with the demo company)
"""

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from fastmcp import Client

from servers.app import build_all
from servers.charts.catalogue import CHARTS
from servers.charts.render import svg_here
from servers.charts.theme import Theme
from servers.context import opening
from store.settings import load_settings

NOW = "2026-11-20T12:00:00Z"
PICTURES = Path(__file__).parent.parent / "docs" / "images" / "charts"
THEMES: tuple[Theme, ...] = ("light", "dark")


@dataclass(frozen=True)
class Shot:
    """One picture: a kind of chart, the call whose result it draws, and the kind to ask for where it is not the metric's own."""

    kind: str
    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    asked: bool = False


def _query(kind: str, metric: str, *, asked: bool = False, **arguments: Any) -> Shot:
    return Shot(kind, "metrics_query_metric", {"metric": metric, **arguments}, asked)


YEAR, QUARTER = "last_12_months", "this_quarter"
SHOTS = (
    _query("percentiles", "change_lead_time", period=YEAR, grain="month"),
    _query("line", "pr_review_time", period="this_year", grain="month", group_by=["team"], asked=True),
    _query("phases", "change_lead_time", period="last_quarter", grain="total"),
    _query("bars", "deployment_frequency", period=QUARTER, grain="week"),
    _query("run", "throughput", period="last_6_months", grain="week"),
    _query("cuts", "incident_count", period=YEAR, grain="month"),
    _query("ratio", "change_fail_rate", period=YEAR, grain="month"),
    _query("beside", "deployment_rework_rate", period=YEAR, grain="month"),
    _query("counted", "escaped_defect_ratio", period=YEAR, grain="month"),
    _query("share_bars", "unreviewed_merge_rate", period="this_year", grain="month"),
    _query("grouped", "pr_pickup_time", period="last_quarter", group_by=["team"], compare="previous"),
    _query("figure", "pr_size", period="last_quarter", grain="total", compare="previous"),
    _query("scatter", "failed_deployment_recovery_time", period="last_6_months", grain="month"),
    _query("histogram", "pr_pickup_time", period="last_quarter", asked=True),
    _query("sizes", "pr_size", period=QUARTER, grain="week"),
    _query("stacked", "flow_distribution", period="this_year", grain="month"),
    _query("treemap", "investment_allocation", period="last_quarter", group_by=["epic"]),
    _query("statuses", "flow_efficiency", period="this_year", grain="month"),
    _query("spent", "flow_efficiency", period="this_year", grain="month", asked=True),
    _query("adoption", "ai_assisted_pr_share", period="this_year", grain="month"),
    _query("balance", "net_flow", period=QUARTER, grain="week"),
    _query("cumulative", "wip", period=QUARTER, grain="week"),
    _query("area", "wip", period=QUARTER, grain="week", group_by=["team"]),
    _query("multiples", "pr_review_time", period="last_6_months", grain="month", group_by=["repo"], asked=True),
    _query("loads", "review_load_gini", period="last_quarter", grain="total", filters={"team": "payments"}),
    _query("silent", "stale_pr_count", grain="total"),
    _query("aging", "wip", grain="total", filters={"team": "payments"}),
    _query("waiting", "open_pr_age", grain="total"),
    Shot("control", "metrics_find_anomalies", {"metric": "incident_count", "grain": "week"}),
    Shot("outlook", "metrics_forecast", {"kind": "when", "team": "payments", "remaining": 40, "target": "2027-01-15"}),
    Shot("amounts", "metrics_forecast", {"kind": "how_many", "team": "payments", "by": "2026-12-31"}),
    Shot("scoreboard", "metrics_dora_report", {"period": "last_quarter"}),
    Shot("contributions", "metrics_assess_risk", {"kind": "pr"}),
    Shot("dates", "metrics_assess_risk", {"kind": "epic"}),
    Shot("change", "metrics_explain_change", {"metric": "change_lead_time", "period": "last_quarter"}),
    _query("waterfall", "sprint_report", filters={"team": "payments"}),
    _query("sprint_bars", "sprint_velocity", grain="sprint", filters={"team": "payments"}),
    _query("burnup", "epic_progress", period="last_6_months", grain="month", filters={"project": "PAY"}),
    _query("listed", "milestone_on_time_rate", period="last_12_months", grain="total", asked=True),
)
"""In the order of the page."""


def gallery_page() -> str:
    """The page: one section per kind of chart."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Charts"
    yield ""
    yield "Every result can be drawn: an answer brings its charts along, and `render_chart` draws the evidence of any result as a specification, PNG or SVG,"
    yield "light or dark. The kind is the metric's own unless another is asked for. Points of buckets that are not complete are hollow; where there is no"
    yield "value there is a gap. The pictures show the demo company."
    for shot in SHOTS:
        yield from _section(shot)


def _section(shot: Shot) -> Iterator[str]:
    words = (import_module(CHARTS[shot.kind].draw.__module__).__doc__ or "").strip()
    given = ", ".join(f"{name}={value!r}" for name, value in shot.arguments.items())
    by_name = f", then `render_chart(evidence, kind={shot.kind!r})`" if shot.asked else ""
    yield f"\n## `{shot.kind}`\n"
    yield f"{words}\n"
    yield f"`{shot.tool.split('_', 1)[1]}({given})`{by_name}\n"
    yield "<picture>"
    yield f'  <source media="(prefers-color-scheme: dark)" srcset="images/charts/{shot.kind}-dark.svg">'
    yield f'  <img alt="Chart of the kind {shot.kind}" src="images/charts/{shot.kind}-light.svg">'
    yield "</picture>"


async def take(kinds: list[str]) -> None:
    """Ask for each result and keep its chart in both lights."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PULSE_NOW", NOW)
    async with Client(build_all(opening(load_settings()))) as client:
        for shot in SHOTS:
            if not kinds or shot.kind in kinds:
                await _keep(client, shot)


async def _keep(client: "Client[Any]", shot: Shot) -> None:
    found = (await client.call_tool(shot.tool, dict(shot.arguments))).structured_content or {}
    for theme in THEMES:
        asked = {"evidence": found["evidence"], "format": "spec", "theme": theme} | ({"kind": shot.kind} if shot.asked else {})
        drawn = (await client.call_tool("metrics_render_chart", asked)).structured_content or {}
        (PICTURES / f"{shot.kind}-{theme}.svg").write_text(svg_here(drawn["spec"]), encoding="utf-8")
    sys.stderr.write(f"{shot.kind}\n")


if __name__ == "__main__":
    asyncio.run(take(sys.argv[1:]))
