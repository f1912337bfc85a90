"""A share over time next to the one it is read with, such as the rework rate next to the fail rate."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import BREAK, LINE_LEGEND, Spec, amount_axis, framed, named, time_axis, tooltip
from servers.charts.points import Row, drawn_unit, grouped_series, scaled, series_rows
from servers.charts.theme import ACCENT, SECOND, Theme, colours
from servers.metrics.catalogue import CATALOGUE


def _suits(document: Mapping[str, Any]) -> bool:
    metric = CATALOGUE.get(str(document.get("metric")))
    drawn = bool(document.get("beside")) and bool(series_rows(document)) and not grouped_series(document)
    return drawn and metric is not None and bool(metric.drawn_beside) and not document.get("xmr")


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    unit, factor = drawn_unit(document)
    other = CATALOGUE[CATALOGUE[str(document["metric"])].drawn_beside].title
    names = [str(document["title"]), other]
    rows: list[Row] = []
    for name, points in zip(names, (document["series"], document["beside"]), strict=True):
        rows += [row | {"rate": name} for row in scaled(series_rows({**document, "series": points}), factor, "value")]
    scale = {"domain": names, "range": [ACCENT, SECOND]}
    x, y = time_axis(document["grain"], rows), amount_axis("_value", unit)
    tips = tooltip(("bucket", "from"), ("rate", "rate"), ("_shown", "value"), ("_base", "of"))
    layers: list[Spec] = []
    for name, colour, dash in ((other, SECOND, [5, 4]), (names[0], ACCENT, [1, 0])):
        only = {"filter": f"datum.rate == '{name}'"}
        line: Spec = {"mark": {"type": "line", "strokeWidth": 2.5, "strokeDash": dash, "invalid": BREAK}, "encoding": {"x": x, "y": y}}
        drawn = named(line, name, scale, LINE_LEGEND)
        layers.append(drawn | {"transform": [only, *drawn["transform"]]})
        hollow = {"condition": {"test": "datum._partial", "value": colours(theme)["background"]}, "value": colour}
        mark = {"type": "point", "filled": True, "size": 50, "strokeWidth": 2, "opacity": 1, "stroke": colour, "invalid": "filter"}
        layers.append({"transform": [only], "mark": mark, "encoding": {"x": x, "y": y, "fill": hollow, "tooltip": tips}})
    return framed(document, {"layer": layers}, theme, what=f"Lines with {other}", rows=rows)


beside = Chart("beside", _suits, _draw, weight=9, reads="beside", instead="ratio")
