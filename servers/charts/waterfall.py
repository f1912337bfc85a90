"""Sprints from their commitment to their end: what was added and removed on the way, what was in them then, or was completed and spilled over."""

from collections.abc import Mapping, Sequence
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import Spec, amount_axis, framed, tooltip
from servers.charts.theme import ACCENT, BAD, GOOD, SECOND, Theme, colours
from servers.units import plain

_SCOPE, _OUTCOME = ("committed", "added", "removed"), ("completed", "spilled")
LEFT = "in it at the end"
_COLOURS = {"committed": ACCENT, "added": SECOND, "removed": BAD, LEFT: ACCENT, "completed": GOOD, "spilled": SECOND}


def _told(document: Mapping[str, Any], steps: Sequence[str]) -> bool:
    return all(isinstance(document.get(step), int | float) for step in steps)


def _suits(document: Mapping[str, Any]) -> bool:
    return _told(document, _SCOPE) and not document.get("groups")


def _fits(document: Mapping[str, Any]) -> bool:
    return len(document.get("series") or []) <= 1


def _rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row per step with the span of its bar; what is added stands on the commitment, what spilled on what was completed."""
    steps = _SCOPE + (_OUTCOME if _told(document, _OUTCOME) else ())
    size = {step: float(document[step]) for step in steps}
    top = size["committed"] + size["added"]
    if len(steps) == len(_SCOPE):
        size |= {LEFT: top - size["removed"], "completed": 0.0, "spilled": 0.0}
    spans = {
        "committed": (0.0, size["committed"]),
        "added": (size["committed"], top),
        "removed": (top - size["removed"], top),
        LEFT: (0.0, top - size["removed"]),
        "completed": (0.0, size["completed"]),
        "spilled": (size["completed"], size["completed"] + size["spilled"]),
    }
    shown = (*_SCOPE, *(_OUTCOME if len(steps) > len(_SCOPE) else (LEFT,)))
    return [
        {"step": step, "value": size[step], "_low": spans[step][0], "_high": spans[step][1], "_label": plain(size[step])} for step in shown
    ]


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    unit, rows = str(document.get("basis") or document["unit"]), _rows(document)
    x: Spec = {"field": "step", "type": "nominal", "sort": [row["step"] for row in rows], "axis": {"title": None, "labelAngle": 0}}
    y = amount_axis("_low", unit)
    y["scale"] |= {"domain": [0, 1.12 * max(1.0, *(row["_high"] for row in rows))], "nice": False}
    colour: Spec = {
        "field": "step",
        "type": "nominal",
        "scale": {"domain": list(_COLOURS), "range": list(_COLOURS.values())},
        "legend": None,
    }
    bar: Spec = {
        "mark": {"type": "bar", "cornerRadius": 1.5, "width": {"band": 0.6}},
        "encoding": {"x": x, "y": y, "y2": {"field": "_high"}, "color": colour, "tooltip": tooltip(("step", "step"), ("_label", unit))},
    }
    label: Spec = {
        "mark": {"type": "text", "dy": -8, "fontSize": 12, "color": colours(theme)["text"]},
        "encoding": {"x": x, "y": {"field": "_high", "type": "quantitative"}, "text": {"field": "_label"}},
    }
    named = {**document, "title": f"{document['title']}: {document['sprint']}"} if document.get("sprint") else document
    return framed(named, {"layer": [bar, label]}, theme, what="Waterfall chart", rows=rows, unit=unit)


waterfall = Chart("waterfall", _suits, _draw, weight=60, fits=_fits)
