"""A forecast: how the trials fall on dates, with the days of 50, 85 and 95 % certainty."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import HEIGHT, SCHEMA, WIDTH, Spec, tooltip
from servers.charts.theme import ACCENT, BAD, SECOND, Theme, colours, config

_WORDS = {"p50": "50 %", "p85": "85 %", "p95": "95 %"}


def _suits(document: Mapping[str, Any]) -> bool:
    return bool(document.get("distribution")) and isinstance(document.get("value"), Mapping)


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    lines = [{"_date": at, "_name": _WORDS[name]} for name, at in document["value"].items() if at]
    x: Spec = {
        "field": "date",
        "type": "temporal",
        "scale": {"type": "utc"},
        "axis": {"title": None, "format": "%-d %b", "tickCount": 8, "grid": False},
    }
    bar: Spec = {
        "mark": {"type": "bar", "color": ACCENT, "fillOpacity": 0.75, "xOffset": 0.5, "x2Offset": -0.5},
        "encoding": {
            "x": x,
            "x2": {"field": "_end"},
            "y2": {"datum": 0},
            "y": {"field": "value", "type": "quantitative", "axis": {"format": ".0%", "title": "share of trials"}},
            "tooltip": tooltip(("date", "done by"), ("_shown", "trials")),
        },
    }
    layers = [bar, *_marks(lines, SECOND, theme)]
    if document.get("target"):
        layers += _marks([{"_date": document["target"], "_name": "target"}], BAD, theme, y=22)
    likely = ", ".join(f"{line['_name']} by {line['_date']}" for line in lines)
    title = {
        "text": document.get("title") or f"When will {document.get('remaining')} items be done?",
        "subtitle": f"{likely} · from {document.get('finished')} items in {document.get('history_days')} days · {document.get('trials', 0):,} trials",
    }
    return {
        "$schema": SCHEMA,
        "title": title,
        "description": f"Histogram of forecast dates: {likely}.",
        "width": WIDTH,
        "height": HEIGHT,
        "data": {"values": document["distribution"]},
        "config": config(theme),
        "layer": layers,
    }


def _marks(lines: list[dict[str, Any]], colour: str, theme: Theme, *, y: int = 6) -> list[Spec]:
    x = {"field": "_date", "type": "temporal", "scale": {"type": "utc"}}
    rule: Spec = {
        "data": {"values": lines},
        "mark": {"type": "rule", "color": colour, "strokeWidth": 2, "strokeDash": [5, 4]},
        "encoding": {"x": x},
    }
    name: Spec = {
        "data": {"values": lines},
        "mark": {"type": "text", "align": "left", "dx": 4, "y": y, "fontSize": 11, "color": colours(theme)["text"]},
        "encoding": {"x": x, "text": {"field": "_name"}},
    }
    return [rule, name]


outlook = Chart("outlook", _suits, _draw, weight=70)
