"""What comes in against what goes out: bars above and below zero, and the running difference as a line."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import LINE_LEGEND, Spec, amount_axis, bar_axis, framed, tooltip
from servers.charts.points import Row, bucket_row
from servers.charts.theme import PALETTE, QUIET, Theme

COLOURS = {"created": PALETTE[1], "done": PALETTE[2], "cancelled": QUIET, "net since the start": PALETTE[0]}


def _suits(document: Mapping[str, Any]) -> bool:
    return not document.get("groups") and any("created" in point and "done" in point for point in document.get("series") or [])


def _rows(document: Mapping[str, Any]) -> list[Row]:
    rows, net = [], 0.0
    for point in document["series"]:
        row, closed = bucket_row(document, point), point.get("done", 0)
        net += point.get("value") or 0
        ends = {"created": (0, point.get("created", 0)), "done": (0, -closed), "cancelled": (-closed, -closed - point.get("cancelled", 0))}
        for name, (low, high) in ends.items():
            rows.append(row | {"part": name, "_edge": name, "value": abs(high - low), "_low": low, "_high": high})
        rows.append(row | {"part": "net since the start", "value": net, "_net": net})
    return rows


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    rows, unit = _rows(document), f"items per {document['grain']}: in above, out below zero"
    names = [name for name in COLOURS if any(row["part"] == name and row["value"] for row in rows)]
    paint: Spec = {
        "field": "part",
        "type": "nominal",
        "scale": {"domain": names, "range": [COLOURS[name] for name in names]},
        "legend": LINE_LEGEND | {"symbolType": "square", "symbolSize": 90},
    }
    tips = tooltip(("bucket", "from"), ("part", "what"), ("value", "items"))
    bars: Spec = {
        "transform": [{"filter": "isValid(datum._high)"}],
        "mark": {"type": "bar", "xOffset": 1, "x2Offset": -1, "strokeWidth": 1.5},
        "encoding": {
            "x": bar_axis(document["grain"], rows),
            "x2": {"field": "_end"},
            "y": amount_axis("_high", unit),
            "y2": {"field": "_low"},
            "color": paint,
            "fillOpacity": {"condition": {"test": "datum._partial", "value": 0.15}, "value": 0.9},
            "stroke": {"condition": {"test": "datum._partial", **paint, "field": "_edge", "legend": None}, "value": None},
            "tooltip": tips,
        },
    }
    line: Spec = {
        "transform": [{"filter": "isValid(datum._net)"}],
        "mark": {"type": "line", "strokeWidth": 2.5, "point": {"size": 30}},
        "encoding": {
            "x": {"field": "_middle", "type": "temporal"},
            "y": {"field": "_net", "type": "quantitative"},
            "color": paint,
            "tooltip": tips,
        },
    }
    return framed(document, {"layer": [bars, line]}, theme, what="Bars of what came and went", rows=rows)


balance = Chart("balance", _suits, _draw, weight=12, instead="bars")
