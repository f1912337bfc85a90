"""A forecast of amounts: how many items the trials bring by a day, with what 95, 85 and 50 % of them reach at least."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import HEIGHT, SCHEMA, WIDTH, Spec, haloed, tooltip
from servers.charts.theme import ACCENT, SECOND, Theme, config

_LEVELS = {"p95": "95 %", "p85": "85 %", "p50": "50 %"}
_PLACES = {"95 %": ("right", 26, 18), "85 %": ("right", 8, 0), "50 %": ("left", 8, 0)}
"""On which side of its line a name ends, how far down it stands, and where its line begins: below the name that is nearer to the middle."""


def _suits(document: Mapping[str, Any]) -> bool:
    return document.get("metric") == "forecast_how_many" and isinstance(document.get("value"), Mapping) and bool(document.get("amounts"))


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    marks = [{"_at": document["value"][name], "_level": words} for name, words in _LEVELS.items()]
    said = ", ".join(f"{mark['_level']} at least {mark['_at']}" for mark in marks)
    x: Spec = {"field": "from", "type": "quantitative", "scale": {"zero": False, "nice": False, "padding": 12}}
    x["axis"] = {"title": "items", "tickMinStep": 1, "tickCount": 8, "grid": False}
    y: Spec = {"field": "value", "type": "quantitative", "axis": {"format": ".0%", "title": "share of trials"}}
    y["scale"] = {"domain": [0, 1.3 * max(row["value"] for row in document["amounts"])], "nice": False}
    bar: Spec = {
        "mark": {"type": "bar", "color": ACCENT, "fillOpacity": 0.75, "xOffset": 0.5, "x2Offset": -0.5},
        "encoding": {
            "x": x,
            "x2": {"field": "to"},
            "y": y,
            "y2": {"datum": 0},
            "tooltip": tooltip(("_span", "items"), ("_shown", "trials")),
        },
    }
    return {
        "$schema": SCHEMA,
        "title": {
            "text": document.get("title") or "How many items?",
            "subtitle": f"{said} · from {document.get('finished')} items in {document.get('history_days')} days · {document.get('trials', 0):,} trials",
        },
        "description": f"Histogram of items finished by {document.get('by', 'the date')}: {said}.",
        "width": WIDTH,
        "height": HEIGHT,
        "data": {"values": [row | {"_span": _span(row), "_shown": f"{100 * row['value']:.1f} %"} for row in document["amounts"]]},
        "config": config(theme),
        "layer": [bar, *(layer for mark in marks for layer in _mark(mark, theme))],
    }


def _span(row: Mapping[str, Any]) -> str:
    return str(row["from"]) if row["to"] == row["from"] + 1 else f"{row['from']} to {row['to'] - 1}"


def _mark(mark: Mapping[str, Any], theme: Theme) -> list[Spec]:
    """A line at what a share of the trials reaches, with its name beside it where no other line runs through it."""
    at = {"field": "_at", "type": "quantitative"}
    side, row, top = _PLACES[mark["_level"]]
    line = {"type": "rule", "color": SECOND, "strokeWidth": 2, "strokeDash": [5, 4], "y": top, "y2": HEIGHT}
    rule: Spec = {"data": {"values": [mark]}, "mark": line, "encoding": {"x": at}}
    name = [{**mark, "_name": f"{mark['_level']}: at least {mark['_at']}"}]
    beside = {"align": side, "dx": 5 if side == "left" else -5, "y": row}
    return [rule, *haloed(name, {"x": at, "text": {"field": "_name"}}, beside, theme)]


amounts = Chart("amounts", _suits, _draw, weight=75)
