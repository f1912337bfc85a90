"""Signal or noise: the values with centre line, natural limits and marked signals."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import BREAK, HEIGHT, PANEL, WIDTH, Spec, amount_axis, framed, haloed, time_axis, tooltip
from servers.charts.points import Row, drawn_unit, scaled, series_rows
from servers.charts.theme import ACCENT, BAD, GOOD, QUIET, SECOND, Theme
from servers.units import said

_EFFECTS = {"worse": BAD, "better": GOOD, "change": SECOND}


def _suits(document: Mapping[str, Any]) -> bool:
    return (document.get("xmr") or {}).get("center") is not None and bool(document.get("series"))


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    unit, factor = drawn_unit(document)
    rows = scaled(series_rows(document), factor, "value")
    for signal in document["xmr"]["signals"]:
        rows[signal["index"]] |= {"_effect": signal["effect"], "_rules": ", ".join(rule.replace("_", " ") for rule in signal["rules"])}
    x = time_axis(document["grain"], rows)
    levels = [
        {
            "_level": document["xmr"][name] * factor,
            "_name": f"{words} {said(document['xmr'][name], document['unit'])}",
            "_mean": name == "center",
        }
        for name, words in (("upper", "upper limit"), ("center", "mean"), ("lower", "lower limit"))
    ]
    dash = {"condition": {"test": "datum._mean", "value": [1, 0]}, "value": [5, 4]}
    effects = [name for name in _EFFECTS if any(row.get("_effect") == name for row in rows)]
    layers: list[Spec] = [
        {
            "data": {"values": levels},
            "mark": {"type": "rule", "color": QUIET, "strokeWidth": 1.5},
            "encoding": {"y": {"field": "_level", "type": "quantitative"}, "strokeDash": dash},
        },
        {
            "mark": {
                "type": "line",
                "color": ACCENT,
                "strokeWidth": 2,
                "point": {"color": ACCENT, "size": 35},
                "invalid": BREAK,
            },
            "encoding": {
                "x": x,
                "y": amount_axis("_value", unit, zero=False),
                "tooltip": tooltip(("bucket", "from"), ("_shown", "value"), ("_base", "of")),
            },
        },
    ]
    if effects:
        layers.append(_marks(x, effects))
    named = {"y": {"field": "_level", "type": "quantitative"}, "text": {"field": "_name"}}
    layers += haloed(levels, named, {"align": "right", "dy": -9, "x": "width"}, theme, ink="quiet")
    upper: Spec = {"layer": layers, "width": WIDTH, "height": HEIGHT - PANEL}
    body: Spec = {"vconcat": [upper, _ranges(document, rows, factor, theme)], "spacing": 10}
    return framed(document, body, theme, what="Control chart", rows=rows)


def _ranges(document: Mapping[str, Any], rows: Sequence[Row], factor: float, theme: Theme) -> Spec:
    """How far each value moved from the one before it, below the range limit: drawn, though no rule hangs on it."""
    moved: list[Row] = [{"bucket": row["bucket"], "value": None, "_range": None} for row in rows[:1]]
    known = [row for row in rows if row["_value"] is not None]
    for before, row in pairwise(known):
        size = abs(row["value"] - before["value"])
        moved.append({"bucket": row["bucket"], "value": size, "_range": size * factor, "_shown": said(size, document["unit"])})
    limit = document["xmr"].get("range_limit") or 0.0
    level = [{"_level": limit * factor, "_name": f"range limit {said(limit, document['unit'])}"}]
    x = time_axis(document["grain"], rows)
    x["axis"] |= {"labels": False, "ticks": False}  # they stand under the panel above
    y = amount_axis("_range", "moving range")
    y["axis"] |= {"tickCount": 3}
    mark = {"type": "line", "color": QUIET, "strokeWidth": 1.5, "point": {"color": QUIET, "size": 25}, "invalid": "filter"}
    tips = tooltip(("bucket", "from"), ("_shown", "moved by"))
    across = {"field": "_level", "type": "quantitative"}
    layers: list[Spec] = [
        {"data": {"values": moved}, "mark": mark, "encoding": {"x": x, "y": y, "tooltip": tips}},
        {
            "data": {"values": level},
            "mark": {"type": "rule", "color": QUIET, "strokeDash": [5, 4], "strokeWidth": 1.5},
            "encoding": {"y": across},
        },
    ]
    place = {"y": across, "text": {"field": "_name"}}
    layers += haloed(level, place, {"align": "right", "dy": -9, "x": "width"}, theme, ink="quiet")
    return {"layer": layers, "width": WIDTH, "height": PANEL}


def _marks(x: Spec, effects: list[str]) -> Spec:
    """Signals as large dots, in the colour of their effect."""
    colour = {"field": "_effect", "type": "nominal", "scale": {"domain": effects, "range": [_EFFECTS[name] for name in effects]}}
    tips = tooltip(("bucket", "from"), ("_shown", "value"), ("_rules", "signal"))
    return {
        "transform": [{"filter": "isValid(datum._effect)"}],
        "mark": {"type": "point", "filled": True, "size": 150, "opacity": 1},
        "encoding": {"x": x, "y": {"field": "_value", "type": "quantitative"}, "color": colour, "tooltip": tips},
    }


control = Chart("control", _suits, _draw, weight=60, words=("control chart", "xmr chart"))
