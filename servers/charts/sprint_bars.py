"""Amounts per sprint as bars in the order of the sprints, with the mean and the range that plans can lean on."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import LINE_LEGEND, Spec, amount_axis, by_group, framed, named, time_axis, tooltip
from servers.charts.points import series_rows
from servers.charts.theme import ACCENT, QUIET, SECOND, Theme

MEAN = "mean"


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
    layers = [bar] if grouped else [*_range(document), bar, *_mean(document)]
    return framed(document, {"layer": layers}, theme, what="Bar chart by sprint", rows=rows, unit=f"{unit} per sprint")


def _range(document: Mapping[str, Any]) -> list[Spec]:
    low, high = document.get("low"), document.get("high")
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return []
    return [{"mark": {"type": "rect", "color": QUIET, "opacity": 0.18}, "encoding": {"y": {"datum": low}, "y2": {"datum": high}}}]


def _mean(document: Mapping[str, Any]) -> list[Spec]:
    if not isinstance(document.get("value"), int | float):
        return []
    rule: Spec = {"mark": {"type": "rule", "strokeWidth": 2.5}, "encoding": {"y": {"datum": document["value"]}}}
    return [named(rule, MEAN, {"domain": [MEAN], "range": [SECOND]}, LINE_LEGEND)]


sprint_bars = Chart("sprint_bars", _suits, _draw, weight=12)
