"""A run chart: each bucket's value in its order, around the median of the complete ones."""

from collections.abc import Mapping
from statistics import median
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import BREAK, LINE_LEGEND, Spec, amount_axis, framed, named, time_axis, tooltip
from servers.charts.points import drawn_unit, grouped_series, scaled, series_rows
from servers.charts.theme import ACCENT, SECOND, Theme, colours
from servers.units import plain


def _suits(document: Mapping[str, Any]) -> bool:
    return bool(series_rows(document)) and not grouped_series(document) and not isinstance(document.get("value"), dict)


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    unit, factor = drawn_unit(document)
    rows = scaled(series_rows(document), factor, "value")
    told = f"{unit} per {document['grain']}"
    x = time_axis(document["grain"], rows)
    place: Spec = {"x": x, "y": amount_axis("_value", told)}
    hollow = {"condition": {"test": "datum._partial", "value": colours(theme)["background"]}, "value": ACCENT}
    line: Spec = {"mark": {"type": "line", "strokeWidth": 2, "color": ACCENT, "invalid": BREAK}, "encoding": place}
    dots: Spec = {
        "mark": {"type": "point", "filled": True, "size": 55, "strokeWidth": 2, "opacity": 1, "stroke": ACCENT, "invalid": "filter"},
        "encoding": place | {"fill": hollow, "tooltip": tooltip(("bucket", "from"), ("_shown", "value"))},
    }
    whole = [row["_value"] for row in rows if row["_value"] is not None and not row["_partial"]]
    layers = [*_middle(median(whole)), line, dots] if len(whole) > 1 else [line, dots]
    return framed(document, {"layer": layers}, theme, what="Run chart", rows=rows, unit=told)


def _middle(level: float) -> list[Spec]:
    words = f"median of complete ones: {plain(level)}"
    rule: Spec = {"data": {"values": [{"_level": level}]}, "mark": {"type": "rule", "strokeWidth": 2, "strokeDash": [6, 4]}}
    rule["encoding"] = {"y": {"field": "_level", "type": "quantitative"}}
    return [named(rule, words, {"domain": [words], "range": [SECOND]}, LINE_LEGEND)]


run = Chart("run", _suits, _draw, weight=2, instead="bars", words=("run chart",))
