"""Risks with what makes them up: one bar per sprint or pull request, its pieces the points that each factor adds."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import ROW_HEIGHT, Spec, framed, tooltip
from servers.charts.theme import PALETTE, Theme, colours

MOST = 12
"""Bars of one chart, the riskiest first."""
LEVELS = (30, 60)
"""Where medium and high begin."""


def _suits(document: Mapping[str, Any]) -> bool:
    return any(item.get("contributions") for item in document.get("items") or [])


def _rows(items: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row per factor of each item; factors stand in one order in all bars, the ones that weigh most over all first."""
    sums: dict[str, float] = {}
    for part in (part for item in items for part in item["contributions"]):
        sums[part["factor"]] = sums.get(part["factor"], 0.0) + part["points"]
    order = sorted(sums, key=lambda factor: -sums[factor])
    return [
        {
            "record": item["record"],
            "factor": part["factor"].replace("_", " "),
            "points": round(part["points"], 1),
            "why": part.get("why", ""),
            "_order": order.index(part["factor"]),
        }
        for item in items
        for part in sorted(item["contributions"], key=lambda part: order.index(part["factor"]))
    ]


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    items = [item for item in document["items"] if item.get("contributions")][:MOST]
    rows = _rows(items)
    factors = list(dict.fromkeys(row["factor"] for row in sorted(rows, key=lambda row: row["_order"])))
    names = [item["record"] for item in items]
    y: Spec = {
        "field": "record",
        "type": "nominal",
        "sort": names,
        "axis": {"title": None, "labelLimit": 220, "ticks": False, "domain": False},
    }
    axis = {"title": f"risk of 100; medium from {LEVELS[0]}, high from {LEVELS[1]}", "values": [0, *LEVELS, 100], "grid": True}
    x: Spec = {"field": "points", "type": "quantitative", "stack": "zero", "scale": {"domain": [0, 100]}, "axis": axis}
    bar: Spec = {
        "mark": {"type": "bar", "height": {"band": 0.66}, "stroke": colours(theme)["background"], "strokeWidth": 1},
        "encoding": {
            "y": y,
            "x": x,
            "color": {
                "field": "factor",
                "type": "nominal",
                "scale": {"domain": factors, "range": [PALETTE[place % len(PALETTE)] for place in range(len(factors))]},
                "legend": {"columns": 6},
            },
            "order": {"field": "_order"},
            "tooltip": tooltip(("record", "item"), ("factor", "factor"), ("points", "points"), ("why", "why")),
        },
    }
    totals = [
        {"record": item["record"], "_total": item["value"], "_label": f"{item['value']:.0f} {item.get('level', '')}".strip()}
        for item in items
    ]
    text: Spec = {
        "data": {"values": totals},
        "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 11.5, "color": colours(theme)["text"]},
        "encoding": {"y": y, "x": {"field": "_total", "type": "quantitative"}, "text": {"field": "_label"}},
    }
    return framed(
        document,
        {"layer": [bar, text], "height": max(2, len(items)) * ROW_HEIGHT},
        theme,
        what="Stacked bars of risk",
        rows=rows,
        unit="points of 100",
    )


contributions = Chart("contributions", _suits, _draw, weight=50)
