"""Small multiples: one panel per group over the same axes, where one chart for all would be a tangle of lines."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import BREAK, Spec, amount_axis, framed, time_axis, tooltip
from servers.charts.points import drawn_unit, grouped_series, scaled, series_rows
from servers.charts.theme import ACCENT, Theme, colours

MOST_LINES = 8
"""More groups than this are drawn apart."""
COLUMNS, PANEL_WIDTH, PANEL_HEIGHT = 4, 148, 84
TICKS = 3


def _suits(document: Mapping[str, Any]) -> bool:
    return grouped_series(document) and len(_groups(document)) > 1 and not isinstance(document.get("value"), dict)


def _groups(document: Mapping[str, Any]) -> list[str]:
    """The groups that have a value somewhere, in the order of the result."""
    kept = [group for group in document["groups"] if any(point.get("value") is not None for point in group.get("series") or [])]
    return [" · ".join(group["dimensions"].values()) for group in kept]


def _fits(document: Mapping[str, Any]) -> bool:
    return len(_groups(document)) > MOST_LINES


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    unit, factor = drawn_unit(document)
    names = _groups(document)
    rows = [row for row in scaled(series_rows(document), factor, "value") if row["_group"] in names]
    x = _sparse(time_axis(document["grain"], rows))
    y = amount_axis("_value", "")
    y["axis"] |= {"title": None, "tickCount": 3}
    y["scale"] |= {"domainMax": 1.08 * max(row["_value"] for row in rows if row["_value"] is not None) or 1.0, "nice": False}
    facet: Spec = {"field": "_group", "type": "nominal", "sort": names, "title": None}
    facet["header"] = {
        "labelFontSize": 12,
        "labelFontWeight": 600,
        "labelColor": colours(theme)["text"],
        "labelAnchor": "start",
        "labelPadding": 4,
    }
    panel: Spec = {"width": PANEL_WIDTH, "height": PANEL_HEIGHT, "layer": _layers(x, y, theme)}
    body: Spec = {"facet": facet, "columns": COLUMNS, "spacing": {"row": 14, "column": 18}, "spec": panel}
    return framed(document, body, theme, what="Small multiples", rows=rows, unit=unit)


def _layers(x: Spec, y: Spec, theme: Theme) -> list[Spec]:
    tips = tooltip(("bucket", "from"), ("_group", "group"), ("_shown", "value"), ("_base", "of"))
    hollow = {"condition": {"test": "datum._partial", "value": colours(theme)["background"]}, "value": ACCENT}
    line: Spec = {"mark": {"type": "line", "strokeWidth": 2, "color": ACCENT, "invalid": BREAK}}
    dots: Spec = {
        "mark": {"type": "point", "filled": True, "size": 22, "strokeWidth": 1.5, "opacity": 1, "stroke": ACCENT, "invalid": "filter"},
        "encoding": {"x": x, "y": y, "fill": hollow, "tooltip": tips},
    }
    shade: Spec = {"mark": {"type": "area", "color": ACCENT, "fillOpacity": 0.14, "line": False, "invalid": BREAK}}
    place: Spec = {"encoding": {"x": x, "y": y}}
    return [shade | place, line | place, dots]


def _sparse(x: Spec) -> Spec:
    """The axis with few names: a panel is narrow."""
    if x["type"] != "temporal":
        return x | {"axis": {**x["axis"], "labels": False, "ticks": False}}
    values = x["axis"]["values"]
    step = max(1, -(-len(values) // TICKS))
    return x | {"axis": {**x["axis"], "values": values[::step]}}


multiples = Chart(
    "multiples", _suits, _draw, weight=25, fits=_fits, words=("small multiples", "multiples", "panels", "one panel per", "trellis")
)
