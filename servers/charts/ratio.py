"""A ratio over time, each point labelled with its numerator and denominator."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import LINE_LEGEND, Spec, amount_axis, by_group, framed, time_axis, tooltip
from servers.charts.points import drawn_unit, scaled, series_rows
from servers.charts.theme import ACCENT, Theme, colours

BREAK = "break-paths-show-path-domains"
MAX_LABELS = 16


def _suits(document: Mapping[str, Any]) -> bool:
    return bool(series_rows(document)) and "numerator" in document and not isinstance(document.get("value"), dict)


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    unit, factor = drawn_unit(document)
    rows = scaled(series_rows(document), factor, "value")
    grouped = bool(by_group(document))
    x, y = time_axis(document["grain"], rows), amount_axis("_value", unit)
    colour: Spec = {"color": {"field": "_group", "type": "nominal", "legend": LINE_LEGEND}} if grouped else {"color": {"value": ACCENT}}
    hollow = {"condition": {"test": "datum._partial", "value": colours(theme)["background"]}}
    fill = hollow | ({"field": "_group", "type": "nominal", "legend": None} if grouped else {"value": ACCENT})
    tips = tooltip(("bucket", "from"), *([("_group", "group")] if grouped else []), ("_shown", "value"), ("_base", "of"))
    layers: list[Spec] = [
        {"mark": {"type": "line", "strokeWidth": 2.5, "invalid": BREAK}, "encoding": {"x": x, "y": y, **colour}},
        {
            "mark": {"type": "point", "filled": True, "size": 55, "strokeWidth": 2, "opacity": 1, "invalid": "filter"},
            "encoding": {"x": x, "y": y, "stroke": _stroke(grouped=grouped), "fill": fill, "tooltip": tips},
        },
    ]
    if not grouped and len(rows) <= MAX_LABELS:
        layers += _labels(x, y, theme)
    return framed(document, {"layer": layers}, theme, what="Line chart", rows=rows)


def _labels(x: Spec, y: Spec, theme: Theme) -> list[Spec]:
    """Numerator and denominator over each point, with a halo so that the line does not run through them."""
    place = {"x": x, "y": y, "text": {"field": "_base"}}
    text = {"type": "text", "dy": -15, "fontSize": 11, "invalid": "filter"}
    halo = text | {"stroke": colours(theme)["background"], "strokeWidth": 4, "strokeJoin": "round", "color": colours(theme)["background"]}
    return [{"mark": halo, "encoding": place}, {"mark": text | {"color": colours(theme)["quiet"]}, "encoding": place}]


def _stroke(*, grouped: bool) -> Spec:
    return {"field": "_group", "type": "nominal", "legend": None} if grouped else {"value": ACCENT}


ratio = Chart("ratio", _suits, _draw, weight=8)
