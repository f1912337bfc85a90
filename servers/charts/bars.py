"""Counts per bucket as bars with the mean of the last four; with groups, stacked."""

from collections.abc import Mapping, Sequence
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import BREAK, LINE_LEGEND, Spec, amount_axis, bar_axis, by_group, framed, named, tooltip
from servers.charts.points import Row, drawn_unit, piled, running_mean, scaled, series_rows
from servers.charts.theme import ACCENT, MEMBERS, SECOND, Theme, member_scale

MEAN = "mean of the last 4"


def _suits(document: Mapping[str, Any]) -> bool:
    return bool(series_rows(document)) and document.get("grain") != "sprint" and not isinstance(document.get("value"), dict)


def _draw(asked: Mapping[str, Any], theme: Theme) -> Spec:
    document = _ranked(asked)
    _, factor = drawn_unit(document)
    unit = document["unit"].split("/")[0]
    rows = running_mean(piled(scaled(series_rows(document), factor, "value")))
    grouped = bool(by_group(document))
    rows = [row | ({"_edge": row["_group"]} if grouped else {"_low": 0, "_high": row["_value"]}) for row in rows]
    tips = tooltip(("bucket", "from"), *([("_group", "group")] if grouped else []), ("value", unit), ("_base", "of"))
    bar: Spec = {
        "mark": {"type": "bar", "xOffset": 1, "x2Offset": -1, "strokeWidth": 1.5, "cornerRadiusEnd": 1.5},
        "encoding": {
            "x": bar_axis(document["grain"], rows),
            "x2": {"field": "_end"},
            "y2": {"field": "_low"},
            "y": amount_axis("_high", f"{unit} per {document['grain']}"),
            **_paint(_scale(document, rows), grouped=grouped),
            "tooltip": tips,
        },
    }
    averaged = not grouped and sum(row["_mean"] is not None for row in rows) > 1
    layers = [bar, _mean()] if averaged else [bar]
    return framed(document, {"layer": layers}, theme, what="Bar chart", rows=rows, unit=f"{unit} per {document['grain']}")


def _ranked(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The result with groups that mean something in their order, not in that of their size."""
    dimensions = document.get("group_by") or []
    known = list(MEMBERS.get(str(dimensions[0]), {})) if len(dimensions) == 1 else []
    groups = sorted(document.get("groups") or [], key=lambda group: _place(known, group["dimensions"][dimensions[0]]))
    return {**document, "groups": groups} if known else document


def _place(known: list[str], name: str) -> int:
    return known.index(name) if name in known else len(known)


def _scale(document: Mapping[str, Any], rows: Sequence[Row]) -> Spec:
    """Known members in their order and colours; of others the theme's."""
    names = list(dict.fromkeys(str(row["_group"]) for row in rows if row["value"] is not None))
    dimensions = document.get("group_by") or []
    scale = member_scale(str(dimensions[0]), names) if len(dimensions) == 1 else None
    return {"scale": scale} if scale else {}


def _paint(scale: Spec, *, grouped: bool) -> Spec:
    """Hollow bars for buckets that are not complete."""
    opacity = {"condition": {"test": "datum._partial", "value": 0.12}, "value": 0.92}
    if grouped:
        group: Spec = {"field": "_group", "type": "nominal", **scale}
        return {
            "fill": group
            | {
                "legend": {"title": None, "labelExpr": "replace(datum.label, /_/g, ' ')"} if scale else {"title": None}
            },  # said aloud, since equal scales would share the stroke's, which has none
            "stroke": {"condition": {"test": "datum._partial", **group, "field": "_edge", "legend": None}, "value": None},
            "fillOpacity": opacity,
        }
    return {
        "fill": {"value": ACCENT},
        "stroke": {"condition": {"test": "datum._partial", "value": ACCENT}, "value": None},
        "fillOpacity": opacity,
    }


def _mean() -> Spec:
    mark = {"type": "line", "strokeWidth": 2.5, "invalid": BREAK, "interpolate": "monotone"}
    layer: Spec = {
        "mark": mark,
        "encoding": {"x": {"field": "_middle", "type": "temporal"}, "y": {"field": "_mean", "type": "quantitative"}},
    }
    return named(layer, MEAN, {"domain": [MEAN], "range": [SECOND]}, LINE_LEGEND)


bars = Chart("bars", _suits, _draw, weight=3)
