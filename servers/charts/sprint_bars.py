"""Amounts per sprint as bars in the order of the sprints, with the mean and the range that plans can lean on."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import LINE_LEGEND, Spec, amount_axis, by_group, framed, named, time_axis, tooltip
from servers.charts.points import series_rows
from servers.charts.theme import ACCENT, SECOND, Theme, colours
from servers.units import plain


def _suits(document: Mapping[str, Any]) -> bool:
    return document.get("grain") == "sprint" and "numerator" not in document and bool(series_rows(document))


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    unit = str(document["unit"])
    rows = series_rows(document)
    grouped = bool(by_group(document))
    x, y = time_axis("sprint", rows), amount_axis("value", f"{unit} per sprint")
    colour: Spec = {"color": {"field": "_group", "type": "nominal"}} if grouped else {"color": {"value": ACCENT}}
    tips = tooltip(("bucket", "sprint"), *([("_group", "group")] if grouped else []), ("_shown", unit))
    bar: Spec = {"mark": {"type": "bar", "cornerRadiusEnd": 1.5}, "encoding": {"x": x, "y": y, **colour, "tooltip": tips}}
    layers = [bar] if grouped else [bar, *_levels(document, theme)]
    return framed(document, {"layer": layers}, theme, what="Bar chart by sprint", rows=rows, unit=f"{unit} per sprint")


def _levels(document: Mapping[str, Any], theme: Theme) -> list[Spec]:
    """The mean, and where they are known the lowest and the highest of the same sprints, as lines across that the legend names."""
    if not isinstance(document.get("value"), int | float):
        return []
    low, high = document.get("low"), document.get("high")
    last = f"of the last {document['n']}" if document.get("n") else "of all"
    lines = [(f"mean {last}: {plain(document['value'])}", SECOND, [1, 0], [document["value"]])]
    if isinstance(low, int | float) and isinstance(high, int | float):
        lines.append((f"lowest and highest: {plain(low)} and {plain(high)}", colours(theme)["text"], [2, 3], [low, high]))
    scale = {"domain": [words for words, *_ in lines], "range": [paint for _, paint, *_ in lines]}
    layers = []
    for words, _, dash, levels in lines:
        mark = {"type": "rule", "strokeWidth": 2, "strokeDash": dash}
        rule: Spec = {"data": {"values": [{"_level": level} for level in levels]}, "mark": mark}
        layers.append(named(rule | {"encoding": {"y": {"field": "_level", "type": "quantitative"}}}, words, scale, LINE_LEGEND))
    return layers


sprint_bars = Chart("sprint_bars", _suits, _draw, weight=12)
