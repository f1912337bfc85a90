"""How old each open item is, against how long items usually take."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import Spec, amount_axis, framed, tooltip
from servers.charts.theme import ACCENT, BAD, SECOND, Theme, colours
from servers.units import said

MAX_ITEMS = 25
ROW = 18


def _suits(document: Mapping[str, Any]) -> bool:
    return bool(document.get("ages_days")) and not document.get("series")


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    oldest = sorted(document["ages_days"].items(), key=lambda item: -item[1])[:MAX_ITEMS]
    limit = document.get("sle_days")
    rows = [{"item": key, "value": age, "_shown": said(age, "days"), "_late": limit is not None and age > limit} for key, age in oldest]
    y: Spec = {
        "field": "item",
        "type": "nominal",
        "sort": [key for key, _ in oldest],
        "axis": {"title": None, "ticks": False, "domain": False},
    }
    paint = {"condition": {"test": "datum._late", "value": BAD}, "value": ACCENT}
    layers: list[Spec] = [
        {
            "mark": {"type": "bar", "height": {"band": 0.55}, "cornerRadiusEnd": 2},
            "encoding": {
                "y": y,
                "x": amount_axis("value", "days in progress"),
                "color": paint,
                "tooltip": tooltip(("item", "item"), ("_shown", "age")),
            },
        },
    ]
    if limit is not None:
        words = f"85 % are done within {said(limit, 'days')}"
        layers.append(
            {
                "data": {"values": [{"_limit": limit}]},
                "mark": {"type": "rule", "strokeWidth": 2, "strokeDash": [5, 4], "color": SECOND},
                "encoding": {"x": {"field": "_limit", "type": "quantitative"}},
            }
        )
        layers.append(
            {
                "data": {"values": [{"_limit": limit}]},
                "mark": {
                    "type": "text",
                    "align": "left",
                    "dx": 5,
                    "y": -6,
                    "color": colours(theme)["quiet"],
                    "fontSize": 11,
                    "text": words,
                },
                "encoding": {"x": {"field": "_limit", "type": "quantitative"}},
            }
        )
    return framed(document, {"layer": layers, "height": max(3, len(rows)) * ROW}, theme, what="Ages of open items", rows=rows, unit="days")


aging = Chart("aging", _suits, _draw, weight=40)
