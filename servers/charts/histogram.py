"""How values spread: how many records fall into each class, with the median and the 90th percentile said."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import Spec, amount_axis, framed, tooltip
from servers.charts.theme import ACCENT, Theme, colours
from servers.units import HOURS_PER_DAY, plain, said

RECORDS = {"hours": "cases", "days": "items", "rounds": "pull requests", "lines": "pull requests", "pull requests": "deployments"}
"""What is counted, by the unit of the values."""
COUNTED = ("pull requests", "rounds", "lines")
"""Units whose classes are whole numbers."""


def _suits(document: Mapping[str, Any]) -> bool:
    return bool(document.get("bins")) and not document.get("groups")


def _fits(document: Mapping[str, Any]) -> bool:
    """Two windows are compared by other charts."""
    return not document.get("compare")


def _named(part: Mapping[str, Any], unit: str) -> str:
    """A class by its ends: `2–4 h`, `1`, or `168+ h`."""
    start, end, short = part["from"], part["to"], {"hours": " h", "days": " d"}.get(unit, "")
    if unit == "hours" and start >= HOURS_PER_DAY:  # from a day on in days
        start, end, short = start / HOURS_PER_DAY, end and end / HOURS_PER_DAY, " d"
    if end is None:
        return f"{plain(start)}+{short}"
    if unit in COUNTED:
        return plain(start) if end - start == 1 else f"{plain(start)}–{plain(end - 1)}"
    return f"{plain(start)}–{plain(end)}{short}"


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    unit, whole = str(document["unit"]), sum(part["n"] for part in document["bins"]) or 1
    rows = [
        {
            "class": _named(part, unit),
            "value": part["n"],
            "_share": said(part["n"] / whole, "share"),
            "_label": f"{part['n'] / whole:.0%}" if part["n"] else "",
        }
        for part in document["bins"]
    ]
    x: Spec = {
        "field": "class",
        "type": "ordinal",
        "sort": None,
        "axis": {"title": unit, "labelAngle": 0, "labelOverlap": False, "ticks": False},
    }
    bar: Spec = {
        "mark": {"type": "bar", "color": ACCENT, "width": {"band": 0.92}, "cornerRadiusEnd": 1.5},
        "encoding": {
            "x": x,
            "y": amount_axis("value", f"number of {RECORDS.get(unit, 'records')}"),
            "tooltip": tooltip(("class", unit), ("value", "how many"), ("_share", "share")),
        },
    }
    text: Spec = {
        "mark": {"type": "text", "dy": -8, "fontSize": 11, "color": colours(theme)["quiet"]},
        "encoding": {"x": x, "y": {"field": "value", "type": "quantitative"}, "text": {"field": "_label"}},
    }
    drawn = framed({**document, "series": None}, {"layer": [bar, text]}, theme, what="Histogram", rows=rows, unit=f"spread over {unit}")
    stats = document.get("stats") or {}
    if stats.get("p50") is not None and stats.get("p90") is not None:
        half, most = (plain(stats[name]) if unit in COUNTED else said(stats[name], unit) for name in ("p50", "p90"))
        drawn["title"]["subtitle"] += f" · half up to {half}, 90 % up to {most}"
    return drawn


histogram = Chart(
    "histogram",
    _suits,
    _draw,
    weight=9,
    instead="percentiles",
    reads="bins",
    fits=_fits,
    words=("histogram", "distribution chart", "spread chart"),
)
