"""A share over time above the counts that it is made of: what a high share of few means, and what of many."""

from collections.abc import Mapping, Sequence
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import PANEL, WIDTH, Spec, amount_axis, framed, time_axis, tooltip
from servers.charts.points import Row, grouped_series, series_rows
from servers.charts.ratio import ratio
from servers.charts.theme import ACCENT, QUIET, Theme

HEIGHT = 210
COUNTED = {
    "escaped_defect_ratio": ("found in production", "all of known origin"),
    "milestone_on_time_rate": ("on time", "all that were due"),
    "sprint_say_do": ("committed and done", "committed"),
}
"""What numerator and denominator are, by metric."""


def _suits(document: Mapping[str, Any]) -> bool:
    counted = str(document.get("metric")) in COUNTED and any(point.get("denominator") for point in document.get("series") or [])
    return counted and not grouped_series(document) and not document.get("xmr")


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    above = ratio.draw(document, theme)
    rows: list[Row] = above["data"]["values"]
    width = 0.62 * WIDTH / max(4, len(rows))
    shares: Spec = {"layer": [_bare(layer, width) for layer in above["layer"]], "width": WIDTH, "height": HEIGHT}
    body: Spec = {"vconcat": [shares, _counts(document, rows, width)], "spacing": 8}
    return framed(document, body, theme, what="Lines and bars", rows=rows)


def _bare(layer: Spec, width: float) -> Spec:
    """The layer on an axis of time without names, which stand below the bars."""
    x = layer["encoding"].get("x")
    if x is None:
        return layer
    return layer | {"encoding": {**layer["encoding"], "x": _roomy(x, width) | {"axis": {**x["axis"], "labels": False, "ticks": False}}}}


def _roomy(x: Spec, width: float) -> Spec:
    """The axis with room for half a bar at both ends, so that bars stand under the points above them."""
    return x | {"scale": {**x["scale"], "padding": width / 2 + 4}} if x["type"] == "temporal" else x


def _counts(document: Mapping[str, Any], rows: Sequence[Row], width: float) -> Spec:
    """Bars of the whole with those that count inside them, on the same axis of time."""
    points = {point["bucket"]: point for point in document["series"]}
    part, whole = COUNTED[str(document["metric"])]
    counts = [
        {**row, "counted": name, "value": points[row["bucket"]].get(member) or 0}
        for name, member in ((whole, "denominator"), (part, "numerator"))
        for row in series_rows({**document, "groups": None})
    ]
    y = amount_axis("value", "counts") | {"stack": None}
    y["axis"] |= {"tickCount": 3}
    paint = {"field": "counted", "type": "nominal", "scale": {"domain": [part, whole], "range": [ACCENT, QUIET]}}
    encoding: Spec = {
        "x": _roomy(time_axis(document["grain"], rows), width),
        "y": y,
        "color": paint | {"legend": {"orient": "bottom", "direction": "horizontal"}},
        "fillOpacity": {"condition": {"test": "datum._partial", "value": 0.3}, "value": 0.95},
        "tooltip": tooltip(("bucket", "from"), ("counted", "counted"), ("value", "count")),
    }
    return {"data": {"values": counts}, "mark": {"type": "bar", "width": width}, "encoding": encoding, "width": WIDTH, "height": PANEL}


counted = Chart("counted", _suits, _draw, weight=9, instead="ratio", words=("with counts", "line and count bars"))
