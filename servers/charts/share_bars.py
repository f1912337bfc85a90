"""A share per bucket as bars from zero, each labelled with its numerator and denominator; the expected share as a line where there is one."""

from collections.abc import Mapping, Sequence
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import Spec, amount_axis, bar_axis, framed, tooltip
from servers.charts.points import Row, drawn_unit, grouped_series, scaled, series_rows
from servers.charts.ratio import MAX_LABELS, expected_line
from servers.charts.theme import ACCENT, Theme, colours


def _suits(document: Mapping[str, Any]) -> bool:
    shares = bool(series_rows(document)) and "numerator" in document and not isinstance(document.get("value"), dict)
    return shares and not grouped_series(document)


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    unit, factor = drawn_unit(document)
    rows = [row | {"_low": 0} for row in scaled(series_rows(document), factor, "value")]
    ordinal = document["grain"] == "sprint"
    span: Spec = {} if ordinal else {"x2": {"field": "_end"}, "y2": {"field": "_low"}}
    inset: Spec = {"width": {"band": 0.8}} if ordinal else {"xOffset": 2, "x2Offset": -2}
    x = bar_axis(document["grain"], rows)
    bar: Spec = {
        "mark": {"type": "bar", **inset, "strokeWidth": 1.5, "cornerRadiusEnd": 1.5, "invalid": "filter"},
        "encoding": {
            "x": x,
            **span,
            "y": _headroom(amount_axis("_value", unit), rows),
            "fill": {"value": ACCENT},
            "stroke": {"condition": {"test": "datum._partial", "value": ACCENT}, "value": None},
            "fillOpacity": {"condition": {"test": "datum._partial", "value": 0.12}, "value": 0.92},
            "tooltip": tooltip(("bucket", "from"), ("_shown", "value"), ("_base", "of")),
        },
    }
    text: Spec = {
        "mark": {"type": "text", "dy": -8, "fontSize": 11, "color": colours(theme)["quiet"], "invalid": "filter"},
        "encoding": {
            "x": x if ordinal else {"field": "_middle", "type": "temporal"},
            "y": {"field": "_value", "type": "quantitative"},
            "text": {"field": "_base"},
        },
    }
    layers = [bar, text] if len(rows) <= MAX_LABELS else [bar]
    return framed(document, {"layer": [*layers, *expected_line(document, factor)]}, theme, what="Bar chart", rows=rows)


def _headroom(y: Spec, rows: Sequence[Row]) -> Spec:
    """The axis with room for a label over the tallest bar."""
    return y | {
        "scale": {**y["scale"], "domainMax": 1.1 * max((row["_value"] for row in rows if row["_value"] is not None), default=1.0) or 1.0}
    }


share_bars = Chart("share_bars", _suits, _draw, weight=6, instead="ratio")
