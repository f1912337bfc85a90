"""Burn-up: what is done below the scope it has to reach; where the scope line rises, work was added."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import LINE_LEGEND, Spec, amount_axis, framed, named, time_axis, tooltip
from servers.charts.points import bucket_row
from servers.charts.theme import ACCENT, SECOND, Theme, colours
from servers.units import plain

SCALE = {"domain": ["scope", "done"], "range": [SECOND, ACCENT]}


def _suits(document: Mapping[str, Any]) -> bool:
    return not document.get("groups") and any(point.get("total") and "done" in point for point in document.get("series") or [])


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    unit = str(document.get("basis") or "items or points")
    rows = [
        bucket_row(document, point)
        | {"done": point.get("done"), "scope": point.get("total"), "_shown": f"{plain(point.get('done') or 0)} of {plain(point['total'])}"}
        for point in document["series"]
        if point.get("total")
    ]
    x, tips = time_axis(document["grain"], rows), tooltip(("bucket", "end of the bucket from"), ("_shown", f"{unit} done"))
    hollow = {"condition": {"test": "datum._partial", "value": colours(theme)["background"]}}
    area: Spec = {
        "mark": {"type": "area", "color": ACCENT, "fillOpacity": 0.25, "line": False},
        "encoding": {"x": x, "y": amount_axis("done", unit)},
    }
    layers = [area]
    for name, colour in (("scope", SECOND), ("done", ACCENT)):
        y = {"field": name, "type": "quantitative"}
        line: Spec = {"mark": {"type": "line", "strokeWidth": 2.5, "interpolate": "step-after" if name == "scope" else "linear"}}
        point: Spec = {
            "mark": {"type": "point", "size": 45, "filled": True, "strokeWidth": 2, "opacity": 1, "stroke": colour},
            "encoding": {"x": x, "y": y, "fill": {**hollow, "value": colour}, "tooltip": tips},
        }
        layers += [named(line | {"encoding": {"x": x, "y": y}}, name, SCALE, LINE_LEGEND), point]
    return framed(document, {"layer": layers}, theme, what="Burn-up", rows=rows, unit=f"{unit} done and in scope")


burnup = Chart("burnup", _suits, _draw, weight=13, instead="grouped", words=("burnup", "burn up"))
