"""Forecast dates of several things side by side: from the likely to the safe day, with the day that was promised."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import ROW_HEIGHT, Spec, framed, tooltip
from servers.charts.theme import BAD, GOOD, QUIET, SECOND, Theme, colours

MOST = 15
HEALTH = {"on_track": GOOD, "at_risk": SECOND, "off_track": BAD, "unknown": QUIET}


def _suits(document: Mapping[str, Any]) -> bool:
    return any(item.get("p50") and item.get("p85") for item in document.get("items") or [])


def _row(item: Mapping[str, Any]) -> dict[str, Any]:
    """One bar: the two dates, the promised one, and how it stands."""
    return {
        "record": item["record"],
        "p50": item["p50"],
        "p85": item["p85"],
        "target": item.get("target"),
        "health": str(item.get("health", "unknown")).replace("_", " "),
        "_title": str(item.get("title") or "")[:60],
    }


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    items = [item for item in document["items"] if item.get("p50") and item.get("p85")][:MOST]
    rows = [_row(item) for item in items]
    y: Spec = {
        "field": "record",
        "type": "nominal",
        "sort": [row["record"] for row in rows],
        "axis": {"title": None, "labelLimit": 160, "ticks": False, "domain": False, "grid": True},
    }
    days: Spec = {
        "type": "temporal",
        "scale": {"type": "utc", "padding": 14},
        "axis": {"title": None, "format": "%-d %b %y", "tickCount": 7, "grid": True},
    }
    shown = [name for name in HEALTH if any(row["health"] == name.replace("_", " ") for row in rows)]
    paint = {"domain": [name.replace("_", " ") for name in shown], "range": [HEALTH[name] for name in shown]}
    tips = tooltip(
        ("record", "item"),
        ("_title", "title"),
        ("p50", "half likely by"),
        ("p85", "85 % sure by"),
        ("target", "target"),
        ("health", "health"),
    )
    bar: Spec = {
        "mark": {"type": "bar", "height": 10, "cornerRadius": 3},
        "encoding": {
            "y": y,
            "x": {"field": "p50", **days},
            "x2": {"field": "p85"},
            "color": {"field": "health", "type": "nominal", "scale": paint},
            "tooltip": tips,
        },
    }
    target: Spec = {
        "transform": [{"filter": "isValid(datum.target)"}],
        "mark": {"type": "point", "shape": "diamond", "size": 90, "filled": True, "opacity": 1, "color": colours(theme)["text"]},
        "encoding": {"y": y, "x": {"field": "target", **days}, "tooltip": tips},
    }
    body: Spec = {"layer": [bar, target], "height": max(2, len(rows)) * ROW_HEIGHT}
    drawn = framed(document, body, theme, what="Forecast dates", rows=rows, unit="forecast dates")
    drawn["title"]["subtitle"] += " · bar: from 50 % to 85 % certain, diamond: target"
    return drawn


dates = Chart("dates", _suits, _draw, weight=50)
