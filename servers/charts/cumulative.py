"""Cumulative flow: items done since the start of the window, below those in progress, below those still to do."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import Spec, amount_axis, framed, time_axis, tooltip
from servers.charts.points import Row, bucket_row, piled
from servers.charts.theme import PALETTE, QUIET, Theme

STATES = {"done": ("done since the start", PALETTE[2]), "in_progress": ("in progress", PALETTE[1]), "todo": ("to do", QUIET)}


def _suits(document: Mapping[str, Any]) -> bool:
    return len(document.get("states") or []) > 1 and not document.get("groups")


def _rows(document: Mapping[str, Any]) -> list[Row]:
    points = {point["bucket"]: point for point in document["series"]}
    rows = []
    for state in document["states"]:
        row = bucket_row(document, points.get(state["bucket"], {"bucket": state["bucket"]}))
        rows += [row | {"state": STATES[name][0], "value": state[name], "_value": state[name]} for name in STATES]
    return piled(rows)


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    rows = _rows(document)
    names, paints = zip(*STATES.values(), strict=True)
    area: Spec = {
        "mark": {"type": "area", "opacity": 0.85, "line": False},
        "encoding": {
            "x": time_axis(document["grain"], rows),
            "y": amount_axis("_high", "items, one state upon the other"),
            "y2": {"field": "_low"},
            "color": {"field": "state", "type": "nominal", "scale": {"domain": list(names), "range": list(paints)}, "sort": list(names)},
            "tooltip": tooltip(("bucket", "end of the bucket from"), ("state", "state"), ("value", "items")),
        },
    }
    return framed({**document, "series": None}, {"layer": [area]}, theme, what="Cumulative flow", rows=rows, unit="items by state")


cumulative = Chart("cumulative", _suits, _draw, weight=9, instead="area", reads="states", words=("cumulative flow", "cfd", "flow diagram"))
