"""Groups side by side as horizontal bars, with n; the compared value as a tick."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import ROW_HEIGHT, Spec, amount_axis, framed, named, tooltip, window_said
from servers.charts.points import drawn_unit, group_rows, room, scaled, series_rows
from servers.charts.theme import ACCENT, SECOND, Theme, colours

TICK = "M-.12,-.5h.24v1h-.24Z"
"""The mark in the legend: a tick as it stands on the bars."""


def _suits(document: Mapping[str, Any]) -> bool:
    return not series_rows(document) and any(isinstance(row["value"], int | float) for row in group_rows(document))


def _before(document: Mapping[str, Any]) -> str:
    """The window that the ticks stand for."""
    window = next((group["compare"]["window"] for group in document["groups"] if (group.get("compare") or {}).get("window")), None)
    return f"before: {window_said(window)}" if window else "compared window"


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    unit, factor = drawn_unit(document)
    rows = scaled(group_rows(document), factor, "value", "previous")
    for row in rows:
        row["_label"] = f"{row['_shown']}  ({row['_base']})"
    y: Spec = {
        "field": "_name",
        "type": "nominal",
        "sort": [row["_name"] for row in rows],
        "axis": {"title": None, "labelLimit": 200, "ticks": False, "domain": False},
    }
    x = amount_axis("_value", unit)
    tips = tooltip(("_name", "group"), ("_shown", "value"), ("_base", "of"))
    layers: list[Spec] = [
        {
            "mark": {"type": "bar", "color": ACCENT, "cornerRadiusEnd": 2, "height": {"band": 0.68}},
            "encoding": {"y": y, "x": x, "tooltip": tips},
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 11.5, "color": colours(theme)["text"]},
            "encoding": {"y": y, "x": {"field": "_at", "type": "quantitative"}, "text": {"field": "_label"}},
        },
    ]
    for row in rows:
        row["_at"] = max(row["_value"] or 0, row["_previous"] or 0)
    if any(row["previous"] is not None for row in rows):
        words = _before(document)
        scale = {"domain": [words], "range": [SECOND]}
        tick: Spec = {
            "mark": {"type": "tick", "thickness": 3, "size": ROW_HEIGHT * 0.7, "opacity": 1},
            "encoding": {"y": y, "x": {"field": "_previous", "type": "quantitative"}},
        }
        layers.insert(1, named(tick, words, scale, {"symbolType": TICK, "symbolSize": 240}))
    x["scale"] |= {"domain": room(rows, "_value", "_previous"), "nice": False}
    return framed(document, {"layer": layers, "height": max(2, len(rows)) * ROW_HEIGHT}, theme, what="Bar chart by group", rows=rows)


grouped = Chart("grouped", _suits, _draw, weight=20)
