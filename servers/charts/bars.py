"""Counts per bucket as bars with the mean of the last four; with groups, stacked."""

from collections.abc import Mapping, Sequence
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import BREAK, LINE_LEGEND, Spec, amount_axis, bar_axis, by_group, framed, named, tooltip
from servers.charts.points import Row, drawn_unit, piled, running_mean, scaled, series_rows
from servers.charts.theme import ACCENT, BAD, PALETTE, QUIET, SECOND, Theme

MEAN = "mean of the last 4"


def _suits(document: Mapping[str, Any]) -> bool:
    return bool(series_rows(document)) and document.get("grain") != "sprint" and not isinstance(document.get("value"), dict)


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
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


MEMBERS = {
    "severity": {"sev1": BAD, "sev2": SECOND, "sev3": ACCENT, "sev4": QUIET},
    "ai_level": {"agent": PALETTE[4], "assisted": ACCENT, "none": QUIET},
}
"""Colours of members that mean something, by dimension."""


def _scale(document: Mapping[str, Any], rows: Sequence[Row]) -> Spec:
    """Known members in their order and colours; of others the theme's."""
    known = MEMBERS.get(str((document.get("group_by") or [""])[0]), {})
    names = list(dict.fromkeys(str(row["_group"]) for row in rows if row["value"] is not None))
    if len(document.get("group_by") or []) != 1 or not any(name in known for name in names):
        return {}
    ranked = [name for name in known if name in names] + [name for name in names if name not in known]
    spare = iter([PALETTE[9], PALETTE[5], *PALETTE])
    return {"scale": {"domain": ranked, "range": [known.get(name) or next(spare) for name in ranked]}}


def _paint(scale: Spec, *, grouped: bool) -> Spec:
    """Hollow bars for buckets that are not complete."""
    opacity = {"condition": {"test": "datum._partial", "value": 0.12}, "value": 0.92}
    if grouped:
        group: Spec = {"field": "_group", "type": "nominal", **scale}
        return {
            "fill": group | {"legend": {"title": None}},  # said aloud, since equal scales would share the stroke's, which has none
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
