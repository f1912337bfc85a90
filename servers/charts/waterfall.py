"""A sprint from its commitment to its end: what was added and removed on the way, what was completed and what spilled over."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import Spec, amount_axis, framed, tooltip
from servers.charts.theme import ACCENT, BAD, GOOD, SECOND, Theme, colours
from servers.units import plain

_STEPS = ("committed", "added", "removed", "completed", "spilled")
_COLOURS = {"committed": ACCENT, "added": SECOND, "removed": BAD, "completed": GOOD, "spilled": SECOND}


def _suits(document: Mapping[str, Any]) -> bool:
    return all(isinstance(document.get(step), int | float) for step in _STEPS)


def _rows(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row per step with the span of its bar; what is added stands on the commitment, what spilled on what was completed."""
    size = {step: float(document[step]) for step in _STEPS}
    top = size["committed"] + size["added"]
    spans = {
        "committed": (0.0, size["committed"]),
        "added": (size["committed"], top),
        "removed": (top - size["removed"], top),
        "completed": (0.0, size["completed"]),
        "spilled": (size["completed"], size["completed"] + size["spilled"]),
    }
    return [
        {"step": step, "value": size[step], "_low": low, "_high": high, "_label": plain(size[step])} for step, (low, high) in spans.items()
    ]


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    unit = str(document["unit"])
    x: Spec = {"field": "step", "type": "nominal", "sort": list(_STEPS), "axis": {"title": None, "labelAngle": 0}}
    y = amount_axis("_low", unit)
    y["scale"] |= {"domain": [0, 1.12 * max(1.0, *(row["_high"] for row in _rows(document)))], "nice": False}
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
    return framed(named, {"layer": [bar, label]}, theme, what="Waterfall chart", rows=_rows(document), unit=unit)


waterfall = Chart("waterfall", _suits, _draw, weight=60)
