"""Signal or noise: the values with centre line, natural limits and marked signals."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import Spec, amount_axis, framed, time_axis, tooltip
from servers.charts.points import drawn_unit, scaled, series_rows
from servers.charts.theme import ACCENT, BAD, GOOD, QUIET, SECOND, Theme

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
        {"_level": document["xmr"][name] * factor, "_name": words}
        for name, words in (("upper", "upper limit"), ("center", "mean"), ("lower", "lower limit"))
    ]
    dash = {"condition": {"test": "datum._name == 'mean'", "value": [1, 0]}, "value": [5, 4]}
    effects = [name for name in _EFFECTS if any(row.get("_effect") == name for row in rows)]
    layers: list[Spec] = [
        {
            "data": {"values": levels},
            "mark": {"type": "rule", "color": QUIET, "strokeWidth": 1.5},
            "encoding": {"y": {"field": "_level", "type": "quantitative"}, "strokeDash": dash},
        },
        {
            "data": {"values": levels},
            "mark": {"type": "text", "align": "right", "dy": -6, "fontSize": 11, "color": QUIET, "x": "width"},
            "encoding": {"y": {"field": "_level", "type": "quantitative"}, "text": {"field": "_name"}},
        },
        {
            "mark": {
                "type": "line",
                "color": ACCENT,
                "strokeWidth": 2,
                "point": {"color": ACCENT, "size": 35},
                "invalid": "break-paths-show-path-domains",
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
    return framed(document, {"layer": layers}, theme, what="Control chart", rows=rows)


def _marks(x: Spec, effects: list[str]) -> Spec:
    """Signals as large dots, in the colour of their effect."""
    colour = {"field": "_effect", "type": "nominal", "scale": {"domain": effects, "range": [_EFFECTS[name] for name in effects]}}
    tips = tooltip(("bucket", "from"), ("_shown", "value"), ("_rules", "signal"))
    return {
        "transform": [{"filter": "isValid(datum._effect)"}],
        "mark": {"type": "point", "filled": True, "size": 150, "opacity": 1},
        "encoding": {"x": x, "y": {"field": "_value", "type": "quantitative"}, "color": colour, "tooltip": tips},
    }


control = Chart("control", _suits, _draw, weight=60)
