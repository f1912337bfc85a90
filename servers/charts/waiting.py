"""What is open now: every item by the state it is in and its age, with the age below which most were done."""

from collections.abc import Mapping
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import Spec, amount_axis, framed, haloed, tooltip
from servers.charts.theme import ACCENT, BAD, SECOND, Theme, colours
from servers.units import HOURS_PER_DAY, said

LIMITS = {"sle_days": (1.0, "85 % are done within"), "pickup_p85_hours": (1 / HOURS_PER_DAY, "85 % get a first review within")}
NAMED = 4
"""Items that are named beside their dot, the oldest ones."""


def _suits(document: Mapping[str, Any]) -> bool:
    return bool(document.get("records")) and not document.get("series") and not document.get("groups") and not document.get("compare")


def _limit(document: Mapping[str, Any]) -> tuple[float, str] | None:
    """The age to compare with, in days, and what it means."""
    for name, (factor, words) in LIMITS.items():
        if document.get(name) is not None:
            days = float(document[name]) * factor
            return days, f"{words} {said(days, 'days')}"
    return None


def _rows(document: Mapping[str, Any], limit: float | None) -> list[dict[str, Any]]:
    factor = 1.0 if document["unit"] == "days" else 1 / HOURS_PER_DAY
    rows: list[dict[str, Any]] = []
    beside: dict[str, int] = {}
    for record in document["records"]:
        state, age = str(record.get("state") or "open"), record["value"] * factor
        beside[state] = beside.get(state, -1) + 1
        row = {"record": record["record"], "state": state, "age_days": round(age, 2), "_shown": said(age, "days")}
        row |= {"_late": limit is not None and age > limit, "_name": ""}
        rows.append(row | {"_aside": (beside[state] * 5) % 9 - 4})  # side by side in a fixed order, so that no dot hides another
    return _with_names(rows)


def _with_names(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The oldest ones named, unless the name would run into that of another of the same state."""
    apart, taken = max((row["age_days"] for row in rows), default=0) * 0.06, dict[str, float]()
    for row in rows:
        near = abs(taken.get(row["state"], float("-inf")) - row["age_days"]) < apart
        if not near and sum(bool(other["_name"]) for other in rows) < NAMED:
            row["_name"], taken[row["state"]] = row["record"], row["age_days"]
    return rows


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    limit = _limit(document)
    rows = _rows(document, limit[0] if limit else None)
    states = list(dict.fromkeys(row["state"] for row in sorted(rows, key=lambda row: row["age_days"])))
    x: Spec = {"field": "state", "type": "nominal", "sort": states, "axis": {"title": None, "labelAngle": 0, "ticks": False}}
    aside = {"field": "_aside", "type": "quantitative", "scale": {"domain": [-6, 6]}}
    paint = {"condition": {"test": "datum._late", "value": BAD}, "value": ACCENT}
    shape = {"condition": {"test": "datum._late", "value": "triangle-up"}, "value": "circle"}
    dots: Spec = {
        "mark": {"type": "point", "filled": True, "size": 70, "opacity": 0.9},
        "encoding": {
            "x": x,
            "xOffset": aside,
            "y": amount_axis("age_days", "age in days"),
            "color": paint,
            "shape": shape,
            "tooltip": tooltip(("record", "item"), ("state", "state"), ("_shown", "age")),
        },
    }
    name: Spec = {
        "mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 11, "color": colours(theme)["quiet"]},
        "encoding": {"x": x, "xOffset": aside, "y": {"field": "age_days", "type": "quantitative"}, "text": {"field": "_name"}},
    }
    layers = [dots, name, *(_line(limit, theme) if limit else [])]
    drawn = framed(document, {"layer": layers}, theme, what="Ages of open items by state", rows=rows, unit="age in days")
    total = int(document["records"][0].get("total") or len(rows))
    drawn["title"]["subtitle"] += f" · the {len(rows)} oldest of {total}" if total > len(rows) else ""
    return drawn


def _line(limit: tuple[float, str], theme: Theme) -> list[Spec]:
    """The usual age as a line across, named."""
    data: Spec = {"values": [{"_limit": limit[0], "_words": limit[1]}]}
    y = {"field": "_limit", "type": "quantitative"}
    rule: Spec = {"data": data, "mark": {"type": "rule", "strokeDash": [5, 4], "strokeWidth": 2, "color": SECOND}, "encoding": {"y": y}}
    words = haloed(data["values"], {"y": y, "text": {"field": "_words"}}, {"align": "right", "x": "width", "dx": -4, "dy": -9}, theme)
    return [rule, *words]


waiting = Chart("waiting", _suits, _draw, weight=45, reads="records")
