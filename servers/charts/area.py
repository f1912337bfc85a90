"""A state over time: how much there was at the end of each bucket; with groups, one line each."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import Spec, amount_axis, by_group, framed, time_axis, tooltip
from servers.charts.points import drawn_unit, scaled, series_rows
from servers.charts.theme import ACCENT, Theme, colours


def _suits(document: Mapping[str, Any]) -> bool:
    return bool(series_rows(document)) and not isinstance(document.get("value"), dict)


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    unit, factor = drawn_unit(document)
    rows = scaled(series_rows(document), factor, "value")
    place: Spec = {"x": time_axis(document["grain"], rows), "y": amount_axis("_value", unit)}
    colour = by_group(document)
    tips = tooltip(("bucket", "end of the bucket from"), *([("_group", "group")] if colour else []), ("_shown", "value"))
    line: Spec = {"mark": {"type": "line", "strokeWidth": 2.5, "color": ACCENT}, "encoding": place | colour}
    hollow = {"condition": {"test": "datum._partial", "value": colours(theme)["background"]}}
    paint: Spec = {"fill": hollow | _paint(colour), "stroke": _paint(colour)}
    dots: Spec = {
        "mark": {"type": "point", "size": 50, "filled": True, "strokeWidth": 2, "opacity": 1},
        "encoding": place | paint | {"tooltip": tips},
    }
    surface: list[Spec] = (
        [] if colour else [{"mark": {"type": "area", "color": ACCENT, "fillOpacity": 0.18, "line": False}, "encoding": place}]
    )
    return framed(document, {"layer": [*surface, line, dots]}, theme, what="Area chart", rows=rows)


def _paint(colour: Spec) -> Spec:
    return {"field": "_group", "type": "nominal", "legend": None} if colour else {"value": ACCENT}


area = Chart("area", _suits, _draw, weight=2)
