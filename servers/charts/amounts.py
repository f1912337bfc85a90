"""A forecast of amounts: at least so many items by a day, with 50, 85 and 95 % certainty."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import ROW_HEIGHT, SCHEMA, WIDTH, Spec, tooltip
from servers.charts.theme import ACCENT, Theme, colours, config

_WORDS = {"p50": "50 % certain", "p85": "85 % certain", "p95": "95 % certain"}


def _suits(document: Mapping[str, Any]) -> bool:
    return document.get("metric") == "forecast_how_many" and isinstance(document.get("value"), Mapping)


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    rows = [{"certainty": _WORDS[name], "items": amount} for name, amount in document["value"].items() if name in _WORDS]
    said = ", ".join(f"{row['certainty']}: {row['items']}" for row in rows)
    amounts: Spec = {"field": "items", "type": "quantitative", "axis": {"title": "items, at least", "tickMinStep": 1}}
    amounts["scale"] = {"domain": [0, 1.1 * max([1, *(row["items"] for row in rows)])], "nice": False}
    y: Spec = {"field": "certainty", "type": "nominal", "sort": None, "axis": {"title": None, "ticks": False, "domain": False}}
    return {
        "$schema": SCHEMA,
        "title": {
            "text": document.get("title") or "How many items?",
            "subtitle": f"from {document.get('finished')} items in {document.get('history_days')} days · {document.get('trials', 0):,} trials",
        },
        "description": f"Items finished by {document.get('by', 'the date')}: {said}.",
        "width": WIDTH,
        "height": ROW_HEIGHT * len(rows),
        "data": {"values": rows},
        "config": config(theme),
        "layer": [
            {
                "mark": {"type": "bar", "color": ACCENT, "height": {"band": 0.68}, "cornerRadiusEnd": 2},
                "encoding": {"y": y, "x": amounts, "tooltip": tooltip(("certainty", "certainty"), ("items", "items"))},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 12, "fontWeight": 600, "color": colours(theme)["text"]},
                "encoding": {"y": y, "x": {"field": "items", "type": "quantitative"}, "text": {"field": "items"}},
            },
        ],
    }


amounts = Chart("amounts", _suits, _draw, weight=75)
