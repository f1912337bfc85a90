"""Several metrics over one window: value, base, the course that led to it, change and level in one table-like picture."""

from collections.abc import Mapping, Sequence
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import BREAK, SCHEMA, Spec, window_said
from servers.charts.points import base
from servers.charts.theme import ACCENT, BAD, GOOD, QUIET, Theme, colours, config
from servers.units import percent, said

ROW = 46
WIDTH = 760
_COLUMNS = (
    ("_metric", 0, "left", 600),
    ("_value", 318, "right", 600),
    ("_base", 330, "left", 400),
    ("_change", 556, "left", 500),
    ("_level", WIDTH, "right", 400),
)
COURSE = (430, 536)
"""Where the course of each metric is drawn, from left to right."""
TALL = 0.54
"""How much of the height of a row its course takes."""


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
    if before and before.get("relative") is None:
        change = str(before["verdict"])
    return {
        "metric": part["metric"],
        "value": None if isinstance(value, dict) else value,
        "_place": place,
        "_y": place + 0.5,
        "_metric": part["title"],
        "_value": _shown(part),
        "_base": base(part),
        "_change": change,
        "_level": part.get("band") or "",
        "_verdict": before.get("verdict", ""),
    }


def _courses(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The points of each metric's course inside its row, each scaled to its own lowest and highest value."""
    parts = document["metrics"]
    trends = document.get("trends") or [part.get("trend") for part in parts]
    found: list[dict[str, Any]] = []
    for place, (part, trend) in enumerate(zip(parts, trends, strict=False)):
        known = [point["value"] for point in trend or [] if isinstance(point.get("value"), int | float)]
        if len(known) < 2:
            continue
        low, span = min(known), (max(known) - min(known)) or 1.0
        step = (COURSE[1] - COURSE[0]) / (len(trend) - 1)
        last = max(index for index, point in enumerate(trend) if isinstance(point.get("value"), int | float))
        for index, point in enumerate(trend):
            value = point["value"] if isinstance(point.get("value"), int | float) else None
            height = None if value is None else place + 0.5 + TALL * (0.5 - (value - low) / span)
            row = {"_metric": part["title"], "_line": place, "_x": COURSE[0] + index * step, "_y": height, "bucket": point["bucket"]}
            found.append(row | {"_shown": said(value, part["unit"]), "_last": index == last})
    return found


def _x(field: Any) -> Spec:
    """Places from the left edge, in points as long as the picture has its own width."""
    place = {"field": field} if isinstance(field, str) else {"datum": field}
    return {**place, "type": "quantitative", "axis": None, "scale": {"domain": [0, WIDTH], "nice": False, "zero": False}}


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    rows = [_row(place, part) for place, part in enumerate(document["metrics"])]
    before = next((part["compare"] for part in document["metrics"] if part.get("compare")), None)
    y = {"field": "_y", "type": "quantitative", "axis": None, "scale": {"domain": [0, len(rows)], "nice": False, "reverse": True}}
    courses = _courses(document)
    layers = [*_table(rows, y, theme), *_sparklines(courses, y)]
    told = " ".join(f"{row['_metric']}: {row['_value']} ({row['_base']}) {row['_change']}." for row in rows)
    words = [window_said(document["window"])] + ([f"change against {window_said(before['window'])}"] if before else [])
    words += ["line: the complete weeks, else months, up to its end"] if courses else []
    return {
        "$schema": SCHEMA,
        "title": {"text": document.get("title") or "Delivery performance", "subtitle": " · ".join(words)},
        "description": told,
        "width": WIDTH,
        "height": ROW * len(rows),
        "data": {"values": rows},
        "config": config(theme),
        "layer": layers,
    }


def _table(rows: Sequence[Mapping[str, Any]], y: Spec, theme: Theme) -> list[Spec]:
    """A line under each row and its texts."""
    text, quiet = colours(theme)["text"], colours(theme)["quiet"]
    under = {"data": {"values": [{"_y": place} for place in range(1, len(rows))]}}
    rule: Spec = under | {"mark": {"type": "rule", "color": colours(theme)["grid"]}, "encoding": {"y": y}}
    layers: list[Spec] = [rule] if len(rows) > 1 else []
    for field, x, align, weight in _COLUMNS:
        colour: Any = {"value": quiet if field in ("_base", "_level") else text}
        if field == "_change":
            good, bad = (
                {"test": f"datum._verdict == '{verdict}'", "value": paint} for verdict, paint in (("better", GOOD), ("worse", BAD))
            )
            colour = {"condition": [good, bad], "value": quiet}
        mark = {"type": "text", "align": align, "baseline": "middle", "fontSize": 13, "fontWeight": weight}
        layers.append({"mark": mark, "encoding": {"y": y, "x": _x(x), "text": {"field": field}, "color": colour}})
    return layers


def _sparklines(courses: Sequence[Mapping[str, Any]], y: Spec) -> list[Spec]:
    """A line without axes in each row, its newest point marked."""
    if not courses:
        return []
    data, place = {"values": list(courses)}, {"x": _x("_x"), "y": y}
    tips = [{"field": "_metric", "title": "metric"}, {"field": "bucket", "title": "from"}, {"field": "_shown", "title": "value"}]
    line: Spec = {
        "data": data,
        "mark": {"type": "line", "strokeWidth": 1.5, "color": QUIET, "invalid": BREAK},
        "encoding": place | {"detail": {"field": "_line", "type": "nominal"}, "order": {"field": "_x", "type": "quantitative"}},
    }
    hover: Spec = {
        "data": data,
        "mark": {"type": "point", "filled": True, "size": 60, "opacity": 0, "invalid": "filter"},
        "encoding": place | {"tooltip": tips},
    }
    last: Spec = {
        "data": data,
        "transform": [{"filter": "datum._last"}],
        "mark": {"type": "point", "filled": True, "size": 36, "opacity": 1, "color": ACCENT},
        "encoding": place | {"tooltip": tips},
    }
    return [line, hover, last]


scoreboard = Chart("scoreboard", _suits, _draw, weight=80, reads="trends", words=("scoreboard", "scorecard"))
