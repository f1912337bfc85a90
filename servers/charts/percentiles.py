"""Median and 90th percentile over time; with groups, one median line each."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import BREAK, LINE_LEGEND, Spec, amount_axis, by_group, framed, named, time_axis, tooltip
from servers.charts.points import drawn_unit, scaled, series_rows
from servers.charts.theme import ACCENT, SECOND, Theme, colours

"""Lines stop at a bucket without a value instead of running across it."""


SCALE = {"domain": ["median", "90th percentile"], "range": [ACCENT, SECOND]}


def _suits(document: Mapping[str, Any]) -> bool:
    return bool(series_rows(document)) and not isinstance(document.get("value"), dict)


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    unit, factor = drawn_unit(document)
    rows = scaled(series_rows(document), factor, "value", "p90")
    grouped = bool(by_group(document))
    x = time_axis(document["grain"], rows)
    tailed = not grouped and any(row["p90"] is not None for row in rows)
    layers = [_line("_value", x, unit, grouped=grouped, alone=not tailed), _dots("_value", x, theme, grouped=grouped)]
    if tailed:
        layers = [_tail("_p90", x), *layers]
    return framed(document, {"layer": layers}, theme, what="Line chart", rows=rows)


def _line(field: str, x: Spec, unit: str, *, grouped: bool, alone: bool) -> Spec:
    mark = {"type": "line", "strokeWidth": 2.5, "invalid": BREAK}
    layer: Spec = {"mark": mark, "encoding": {"x": x, "y": amount_axis(field, unit)}}
    if grouped:
        layer["encoding"]["color"] = {"field": "_group", "type": "nominal", "legend": LINE_LEGEND}
        return layer
    return layer | {"mark": mark | {"color": ACCENT}} if alone else named(layer, "median", SCALE, LINE_LEGEND)


def _tail(field: str, x: Spec) -> Spec:
    mark = {"type": "line", "strokeWidth": 1.5, "strokeDash": [5, 4], "invalid": BREAK}
    return named({"mark": mark, "encoding": {"x": x, "y": {"field": field, "type": "quantitative"}}}, "90th percentile", SCALE, LINE_LEGEND)


def _dots(field: str, x: Spec, theme: Theme, *, grouped: bool) -> Spec:
    """Filled where the bucket is complete, hollow where it is not."""
    hollow = {"condition": {"test": "datum._partial", "value": colours(theme)["background"]}}
    fill = hollow | ({"field": "_group", "type": "nominal", "legend": None} if grouped else {"value": ACCENT})
    stroke = {"field": "_group", "type": "nominal", "legend": None} if grouped else {"value": ACCENT}
    tips = tooltip(("bucket", "from"), *([("_group", "group")] if grouped else []), ("_shown", "value"), ("_base", "of"))
    mark = {"type": "point", "size": 50, "filled": True, "strokeWidth": 2, "opacity": 1, "invalid": "filter"}
    return {
        "mark": mark,
        "encoding": {"x": x, "y": {"field": field, "type": "quantitative"}, "fill": fill, "stroke": stroke, "tooltip": tips},
    }


percentiles = Chart("percentiles", _suits, _draw, weight=10)
line = Chart("line", _suits, _draw, weight=5)
