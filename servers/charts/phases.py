"""What a duration is made of: its phases one after the other, of this period and the one before, with the difference of each; or of groups."""

from collections.abc import Mapping, Sequence
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import ROW_HEIGHT, WIDTH, Spec, amount_axis, framed, tooltip
from servers.charts.points import Row
from servers.charts.theme import BAD, GOOD, PALETTE, QUIET, Theme, colours, ink_on
from servers.units import HOURS_PER_DAY, HOURS_SHOWN_BELOW, delta_said, plain, said

COLOURS = {"coding": PALETTE[0], "pickup": PALETTE[1], "review": PALETTE[4], "deploy": PALETTE[2]}
LETTER = 6.4
"""Points that a letter takes inside a bar."""
ROOM = 1.32
"""How far the axis runs beyond the longest bar, for the label at its end."""


def _suits(document: Mapping[str, Any]) -> bool:
    found = document.get("phases") or []
    return bool(found) and not document.get("parts") and not document.get("xmr") and all("metrics" not in part for part in found)


def _fits(document: Mapping[str, Any]) -> bool:
    return not document.get("series") and not document.get("groups")


def _scale(document: Mapping[str, Any]) -> tuple[str, float]:
    """Unit of the axis, and the factor from the unit of the values."""
    longest = max(part["value"] for part in document["phases"])
    return ("days", 1 / HOURS_PER_DAY) if document["unit"] == "hours" and longest >= HOURS_SHOWN_BELOW else (str(document["unit"]), 1.0)


def _named(document: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    """What a bar stands for: a period, or where there are groups a group."""
    return str(part["group"] or "all") if document.get("groups") else f"{part['from']} to {part['to']}"


def _bars(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """One bar per period, the earlier first; of groups those of the period that was asked for, the longest first."""
    found = [part for part in document["phases"] if part["when"] == "now" or not document.get("groups")]
    return sorted(found, key=lambda part: -part["value"]) if document.get("groups") else found


def _rows(document: Mapping[str, Any], factor: float) -> list[Row]:
    """One row per phase of each bar, with its ends and a label where there is room for it."""
    rows: list[Row] = []
    room = ROOM * max(part["value"] for part in document["phases"])
    for part in _bars(document):
        low = 0.0
        for name, amount in part["phases"].items():
            shown, share = said(amount, document["unit"]), amount / part["value"] if part["value"] else 0.0
            texts = [f"{name} {shown}", shown, ""]
            label = next(text for text in texts if len(text) * LETTER <= amount / room * WIDTH - 6 or not text) if amount else ""
            row: Row = {
                "_bar": _named(document, part),
                "phase": name,
                "value": amount,
                "_low": low * factor,
                "_high": (low + amount) * factor,
            }
            row |= {
                "_shown": f"{shown} ({said(share, 'share')})",
                "_label": label,
                "_ink": ink_on(COLOURS.get(name, QUIET)),
                "_order": len(rows),
            }
            rows.append(row | {"_mid": (low + amount / 2) * factor})
            low += amount
    return rows


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    unit, factor = _scale(document)
    rows, bars = _rows(document, factor), _bars(document)
    title = document["phases"][0].get("title") or document["title"]
    panel = _stack(document, rows, unit, factor, theme)
    moved = [] if document.get("groups") or len(bars) < 2 else _differences(document)
    body: Spec = {"vconcat": [panel, _moves(moved, theme)], "spacing": 14} if moved else panel
    drawn_n = next((part["n"] for part in document["phases"] if part["when"] == "now" and not part["group"]), document.get("n"))
    named = {**document, "title": f"{title} by phase", "series": None, "value": None, "groups": None, "n": drawn_n}
    drawn = framed(named, body, theme, what="Stacked bars of phases", rows=rows, unit=f"median, {unit}")
    drawn["description"] += " " + " ".join(f"{_named(document, part)}: {_spoken(document, part)}." for part in bars)
    drawn["title"]["subtitle"] += " · how those around the median spent their time"
    return drawn


def _spoken(document: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {said(amount, document['unit'])}" for name, amount in part["phases"].items())


def _stack(document: Mapping[str, Any], rows: Sequence[Row], unit: str, factor: float, theme: Theme) -> Spec:
    """The bars of phases, each with its total at the end."""
    names = [name for name in COLOURS if any(row["phase"] == name for row in rows)]
    order = list(dict.fromkeys(row["_bar"] for row in rows))
    y: Spec = {"field": "_bar", "type": "nominal", "sort": order}
    y |= {"axis": {"title": None, "ticks": False, "domain": False, "labelLimit": 200, "minExtent": 150}}
    x = amount_axis("_low", unit)
    x["scale"] |= {"domain": [0, ROOM * factor * max(part["value"] for part in document["phases"])], "nice": False}
    paint = {"domain": names, "range": [COLOURS[name] for name in names]}
    bar: Spec = {
        "mark": {"type": "bar", "height": {"band": 0.74}, "stroke": colours(theme)["background"], "strokeWidth": 1.5},
        "encoding": {
            "y": y,
            "x": x,
            "x2": {"field": "_high"},
            "color": {"field": "phase", "type": "nominal", "scale": paint},
            "tooltip": tooltip(("_bar", "of"), ("phase", "phase"), ("_shown", "time")),
        },
    }
    inside: Spec = {
        "mark": {"type": "text", "fontSize": 11},
        "encoding": {
            "y": y,
            "x": {"field": "_mid", "type": "quantitative"},
            "text": {"field": "_label"},
            "color": {"field": "_ink", "type": "nominal", "scale": None},
        },
    }
    totals = [
        {
            "_bar": _named(document, part),
            "_at": part["value"] * factor,
            "_total": f"{said(part['value'], document['unit'])}  (n {plain(part['n'])})",
        }
        for part in _bars(document)
    ]
    total: Spec = {
        "data": {"values": totals},
        "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 12, "fontWeight": 600, "color": colours(theme)["text"]},
        "encoding": {"y": y, "x": {"field": "_at", "type": "quantitative"}, "text": {"field": "_total"}},
    }
    return {"layer": [bar, inside, total], "width": WIDTH, "height": max(2, len(order)) * (ROW_HEIGHT + 8)}


def _differences(document: Mapping[str, Any]) -> list[Row]:
    """How much each phase changed, and all of them together."""
    before, now = (next(part for part in document["phases"] if part["when"] == when) for when in ("before", "now"))
    moved = {name: amount - before["phases"].get(name, 0.0) for name, amount in now["phases"].items()}
    rows = [{"phase": name, "moved": by} for name, by in moved.items()] + [{"phase": "together", "moved": now["value"] - before["value"]}]
    return [
        row | {"_said": delta_said(row["moved"], document["unit"]), "_colour": BAD if row["moved"] > 0 else GOOD, "_zero": 0}
        for row in rows
    ]


def _moves(rows: Sequence[Row], theme: Theme) -> Spec:
    """Bars from zero: longer than before to the right, shorter to the left."""
    moved = [0.0, *(row["moved"] for row in rows)]
    span = (max(moved) - min(moved)) or 1.0
    ends = [min(moved) - span * (0.25 if min(moved) < 0 else 0.02), max(moved) + 0.25 * span]
    y: Spec = {"field": "phase", "type": "nominal", "sort": [row["phase"] for row in rows]}
    y |= {"axis": {"title": None, "ticks": False, "domain": False, "minExtent": 150}}
    x: Spec = {"field": "moved", "type": "quantitative", "scale": {"domain": ends, "nice": False}, "axis": None}
    quiet = colours(theme)["quiet"]
    layers: list[Spec] = [
        {"mark": {"type": "rule", "color": quiet, "strokeWidth": 1}, "encoding": {"x": x | {"field": "_zero"}}},
        {
            "mark": {"type": "bar", "height": {"band": 0.6}, "cornerRadiusEnd": 1.5},
            "encoding": {
                "y": y,
                "x": x,
                "x2": {"field": "_zero"},
                "color": {"field": "_colour", "type": "nominal", "scale": None},
                "tooltip": tooltip(("phase", "phase"), ("_said", "difference")),
            },
        },
    ]
    for test, align, dx in (("datum.moved >= 0", "left", 6), ("datum.moved < 0", "right", -6)):
        mark: Spec = {"type": "text", "align": align, "dx": dx, "fontSize": 12, "color": colours(theme)["text"]}
        layers.append({"transform": [{"filter": test}], "mark": mark, "encoding": {"y": y, "x": x, "text": {"field": "_said"}}})
    head = {"text": "difference to the period before", "fontSize": 12, "fontWeight": "normal", "color": quiet, "offset": 4}
    return {"data": {"values": list(rows)}, "title": head, "layer": layers, "width": WIDTH, "height": len(rows) * 24}


phases = Chart(
    "phases",
    _suits,
    _draw,
    weight=11,
    fits=_fits,
    reads="phases",
    words=("phases", "by phase", "stages", "by stage", "side by side phases", "phase breakdown"),
)
