"""A ratio over time, each point labelled with its numerator and denominator."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import BREAK, LINE_LEGEND, Spec, amount_axis, by_group, framed, haloed, named, time_axis, tooltip
from servers.charts.points import Row, drawn_unit, scaled, series_rows
from servers.charts.theme import ACCENT, SECOND, Theme, colours
from servers.metrics.catalogue import CATALOGUE

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
        rows = _beside_the_line(rows)
        layers += _labels(x, y, theme)
    layers = [*expected_line(document, factor), *layers]
    return framed(document, {"layer": layers}, theme, what="Line chart", rows=rows)


def _beside_the_line(rows: list[Row]) -> list[Row]:
    """Rows with `_below`: whether the line leaves the point upwards, so that its label has more room under it."""
    values = [row["_value"] for row in rows]
    found = []
    for place, row in enumerate(rows):
        near = [value for value in (*values[max(0, place - 1) : place], *values[place + 1 : place + 2]) if value is not None]
        low = row["_value"] is not None and bool(near) and sum(near) / len(near) > row["_value"]
        found.append(row | {"_below": low and row["_value"] > 0.12 * max(value for value in values if value is not None)})
    return found


def _labels(x: Spec, y: Spec, theme: Theme) -> list[Spec]:
    """Numerator and denominator at each point, on the side away from the line, with a halo so that the line does not run through them."""
    place = {"x": x, "y": y, "text": {"field": "_base"}}
    layers = []
    for test, dy in (("!datum._below", -14), ("datum._below", 15)):
        drawn = haloed([], place, {"dy": dy, "invalid": "filter"}, theme, ink="quiet")
        layers += [layer | {"transform": [{"filter": test}]} for layer in drawn]
    return layers


def expected_line(document: Mapping[str, Any], factor: float) -> list[Spec]:
    """What is expected of the metric, as a line across that the legend names."""
    metric = CATALOGUE.get(str(document.get("metric")))
    if metric is None or metric.expected is None:
        return []
    level, words = metric.expected
    rule: Spec = {"data": {"values": [{"_level": level * factor}]}, "mark": {"type": "rule", "strokeDash": [5, 4], "strokeWidth": 1.5}}
    rule["encoding"] = {"y": {"field": "_level", "type": "quantitative"}}
    return [named(rule, words, {"domain": [words], "range": [SECOND]}, LINE_LEGEND)]


def _stroke(*, grouped: bool) -> Spec:
    return {"field": "_group", "type": "nominal", "legend": None} if grouped else {"value": ACCENT}


ratio = Chart("ratio", _suits, _draw, weight=8)
