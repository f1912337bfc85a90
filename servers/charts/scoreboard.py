"""Several metrics over one window: value, base, change and level in one table-like picture."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import SCHEMA, WIDTH, Spec, window_said
from servers.charts.points import base
from servers.charts.theme import BAD, GOOD, QUIET, Theme, colours, config
from servers.units import percent, said

ROW = 46
_COLUMNS = (
    ("_metric", 0, "left", 600),
    ("_value", 300, "right", 600),
    ("_base", 312, "left", 400),
    ("_change", 452, "left", 500),
    ("_level", 640, "right", 400),
)


def _suits(document: Mapping[str, Any]) -> bool:
    return bool(document.get("metrics"))


def _arrow(relative: float | None) -> str:
    """Which way the value moved; whether that is good is said by word and colour."""
    return "" if not relative else "▲" if relative > 0 else "▼"


def _shown(part: Mapping[str, Any]) -> str:
    """The value in words, of shares the largest one: there is room for one number."""
    value = part.get("value")
    if value is None:
        return str(part["status"]).replace("_", " ")
    if isinstance(value, Mapping):
        name = max(value, key=lambda share: value[share])
        return f"{name.replace('_', ' ')} {said(value[name], 'share')}"
    return said(value, part["unit"])


def _row(place: int, part: Mapping[str, Any]) -> dict[str, Any]:
    before = part.get("compare") or {}
    value = part.get("value")
    change = f"{_arrow(before.get('relative'))} {percent(before.get('relative'))}  {before['verdict']}" if before else ""
    return {
        "metric": part["metric"],
        "value": None if isinstance(value, dict) else value,
        "_place": place,
        "_metric": part["title"],
        "_value": _shown(part),
        "_base": base(part),
        "_change": change,
        "_level": part.get("band") or "",
        "_verdict": before.get("verdict", ""),
    }


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    rows = [_row(place, part) for place, part in enumerate(document["metrics"])]
    before = next((part["compare"] for part in document["metrics"] if part.get("compare")), None)
    text, quiet = colours(theme)["text"], colours(theme)["quiet"]
    y = {"field": "_place", "type": "ordinal", "axis": None}
    layers: list[Spec] = [
        {
            "mark": {"type": "rule", "color": colours(theme)["grid"], "yOffset": ROW / 2},
            "encoding": {"y": y, "x": {"value": 0}, "x2": {"value": WIDTH}},
        }
    ]
    for field, x, align, weight in _COLUMNS:
        colour: Any = {"value": quiet if field in ("_base", "_level") else text}
        if field == "_change":
            colour = {
                "condition": [{"test": "datum._verdict == 'better'", "value": GOOD}, {"test": "datum._verdict == 'worse'", "value": BAD}],
                "value": QUIET,
            }
        layers.append(
            {
                "mark": {"type": "text", "align": align, "fontSize": 13, "fontWeight": weight, "x": x},
                "encoding": {"y": y, "text": {"field": field}, "color": colour},
            }
        )
    told = " ".join(f"{row['_metric']}: {row['_value']} ({row['_base']}) {row['_change']}." for row in rows)
    title = {
        "text": document.get("title") or "Delivery performance",
        "subtitle": window_said(document["window"]) + (f" · change against {window_said(before['window'])}" if before else ""),
    }
    return {
        "$schema": SCHEMA,
        "title": title,
        "description": told,
        "width": WIDTH,
        "height": ROW * len(rows),
        "data": {"values": rows},
        "config": config(theme),
        "layer": layers,
    }


scoreboard = Chart("scoreboard", _suits, _draw, weight=80)
