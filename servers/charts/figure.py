"""One number on its own: a bar for the window, one for the compared window."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import ROW_HEIGHT, Spec, amount_axis, framed, tooltip
from servers.charts.points import base, drawn_unit, room
from servers.charts.theme import ACCENT, QUIET, Theme, colours
from servers.units import said


def _suits(document: Mapping[str, Any]) -> bool:
    return "window" in document and isinstance(document.get("value"), int | float)


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    unit, factor = drawn_unit(document)
    windows = [part for part in (document, document.get("compare")) if part and isinstance(part.get("value"), int | float)]
    rows = [
        {
            "window": f"{part['window']['from']} to {part['window']['to']}",
            "value": part["value"],
            "_value": part["value"] * factor,
            "_label": f"{said(part['value'], document['unit'])}  ({base(part)})",
        }
        for part in windows
    ]
    y: Spec = {
        "field": "window",
        "type": "nominal",
        "sort": None,
        "axis": {"title": None, "ticks": False, "domain": False, "labelLimit": 220},
    }
    x = amount_axis("_value", unit)
    x["scale"] |= {"domain": room(rows, "_value"), "nice": False}
    paint = {"condition": {"test": f"datum.window == '{rows[0]['window']}'", "value": ACCENT}, "value": QUIET}
    layers: list[Spec] = [
        {
            "mark": {"type": "bar", "cornerRadiusEnd": 2, "height": {"band": 0.65}},
            "encoding": {"y": y, "x": x, "color": paint, "tooltip": tooltip(("window", "window"), ("_label", "value"))},
        },
        {
            "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 12, "color": colours(theme)["text"]},
            "encoding": {"y": y, "x": {"field": "_value", "type": "quantitative"}, "text": {"field": "_label"}},
        },
    ]
    return framed(document, {"layer": layers, "height": (len(rows) + 1) * ROW_HEIGHT}, theme, what="Bars", rows=rows)


figure = Chart("figure", _suits, _draw, weight=1)
