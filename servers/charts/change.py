"""What a change is made of: from the value before to the value after, one step per part; below, the same steps by stage."""

from collections.abc import Mapping, Sequence
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import ROW_HEIGHT, Spec, amount_axis, framed, tooltip
from servers.charts.points import Row, base, drawn_unit
from servers.charts.theme import ACCENT, BAD, GOOD, QUIET, Theme, colours
from servers.metrics.catalogue import CATALOGUE
from servers.units import delta_said, said
from servers.wording import shown_parts

REST = "everything else"
TICK = 0.008
"""Width of the marks of before and after, as a share of the axis: a bar would have to begin at zero."""


def _suits(document: Mapping[str, Any]) -> bool:
    return bool(document.get("parts")) and isinstance(document.get("delta"), int | float)


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    unit, factor = drawn_unit(document)
    rows = [row | {"_from": row["_from"] * factor, "_till": row["_till"] * factor} for row in steps(document)]
    room = _room(rows)
    for row in rows:
        row["_right"] = max(row["_from"], row["_till"])
        row["_from"] -= TICK * (room[1] - room[0]) if row["_total"] else 0.0
    y: Spec = {
        "field": "_step",
        "type": "nominal",
        "sort": None,
        "axis": {"title": None, "ticks": False, "domain": False, "labelLimit": 220},
    }
    x = amount_axis("_from", unit, zero=False)
    x["scale"] |= {"domain": room, "nice": False}
    paint = {"field": "_colour", "type": "nominal", "scale": None}
    fade = {"condition": {"test": "datum._stage", "value": 0.55}, "value": 1}
    tips = tooltip(("_step", "part"), ("_said", "contribution"), ("_sides", "before and after"))
    bar: Spec = {
        "mark": {"type": "bar", "height": {"band": 0.65}, "cornerRadius": 1},
        "encoding": {"y": y, "x": x, "x2": {"field": "_till"}, "color": paint, "opacity": fade, "tooltip": tips},
    }
    label: Spec = {
        "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 12, "color": colours(theme)["text"]},
        "encoding": {"y": y, "x": {"field": "_right", "type": "quantitative"}, "text": {"field": "_said"}},
    }
    return framed(document, {"layer": [bar, label], "height": (len(rows) + 1) * ROW_HEIGHT}, theme, what="Waterfall", rows=rows)


def _room(rows: Sequence[Row]) -> list[float]:
    """The part of the axis in which the steps lie, with room for labels: it need not begin at zero, since the steps are differences."""
    ends = [float(row[name]) for row in rows for name in ("_from", "_till")]
    width = (max(ends) - min(ends)) or abs(max(ends)) or 1.0
    return [min(ends) - 0.05 * width, max(ends) + 0.35 * width]


def steps(document: Mapping[str, Any]) -> list[Row]:
    """Before, every part, after; then the groups' contributions once more by stage, faded."""
    before, unit = document["compare"], document["unit"]
    colour = _colours(document)
    found = [_total("before", before["value"], base(before), unit)]
    height = float(before["value"])
    for part in [*_listed(document), *_rest(document)]:
        found.append(_step(part, height, unit, colour, stage=False))
        height += part["contribution"]
    found.append(_total("after", document["value"], base(document), unit))
    fixed = sum(part["contribution"] for part in document["parts"] if part["kind"] in ("mix", "size"))
    height = float(before["value"]) + fixed
    for stage in document.get("stages") or []:
        found.append(_step({"kind": "stage", **stage}, height, unit, colour, stage=True))
        height += stage["contribution"]
    return found


def _listed(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The parts worth a word, mix and size first."""
    return sorted(shown_parts(document["parts"]), key=lambda part: part["kind"] not in ("mix", "size"))


def _rest(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    shown = shown_parts(document["parts"])
    if len(shown) == len(document["parts"]):
        return []
    return [{"kind": "rest", "name": REST, "contribution": sum(part["contribution"] for part in document["parts"] if part not in shown)}]


def _colours(document: Mapping[str, Any]) -> tuple[str, str]:
    """Colour of a fall and of a rise: neither where neither direction is better."""
    metric = CATALOGUE.get(str(document.get("metric")))
    better = metric.higher_is_better if metric else None
    return (ACCENT, ACCENT) if better is None else (BAD, GOOD) if better else (GOOD, BAD)


def _total(name: str, value: float, stands_on: str, unit: str) -> Row:
    words = f"{said(value, unit)}  ({stands_on})" if stands_on else said(value, unit)
    row = {"_step": name, "_from": float(value), "_till": float(value), "_said": words, "_sides": "", "_colour": QUIET}
    return row | {"value": value, "_stage": False, "_total": True}


def _step(part: Mapping[str, Any], height: float, unit: str, colour: tuple[str, str], *, stage: bool) -> Row:
    """One floating bar; a group keeps its member under its dimension, so that its records can be opened."""
    moved = part["contribution"]
    grouped = "before" in part
    name = part["name"] if grouped or part["kind"] == "rest" else f"{part['kind']}: {part['name']}"
    sides = f"{said(part['before']['value'], unit)} to {said(part['after']['value'], unit)}" if grouped else ""
    row = {"_step": name, "_from": height, "_till": height + moved, "_said": delta_said(moved, unit), "_sides": sides}
    row |= {"_colour": colour[int(moved > 0)], "value": moved, "_stage": stage, "_total": False}
    return row | ({part["kind"]: part["name"]} if grouped and part["kind"] != "all" else {})


change = Chart("change", _suits, _draw, weight=80)
