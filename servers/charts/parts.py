"""What the amounts of each bucket are made of: pull requests by size, hours by what they were spent on, shares with help of AI."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import Spec, amount_axis, bar_axis, framed, time_axis, tooltip
from servers.charts.points import Row, bucket_row, piled
from servers.charts.theme import PALETTE, QUIET, RAMP, Theme, colours
from servers.units import plain, said


@dataclass(frozen=True)
class Pile:
    """How one kind is read: the parts of a bucket by name, lowest first, their colours, and the title of the axis."""

    parts: Callable[[Mapping[str, Any]], Mapping[str, float]]
    colours: Mapping[str, str]
    axis: str
    share: bool
    mark: str = "bar"


def _sizes(point: Mapping[str, Any]) -> Mapping[str, float]:
    counts: Mapping[str, float] = point.get("buckets") or {}
    return counts


def _spent(point: Mapping[str, Any]) -> Mapping[str, float]:
    """Active and waiting time and the rest, which was spent in todo or done in between, as shares of the whole."""
    whole = point.get("elapsed_hours")
    if not whole:
        return {}
    active, waiting = point.get("active_hours") or 0.0, point.get("waiting_hours") or 0.0
    return {"active": active / whole, "waiting": waiting / whole, "put back": max(0.0, whole - active - waiting) / whole}


def _adoption(point: Mapping[str, Any]) -> Mapping[str, float]:
    whole = point.get("denominator")
    if not whole or point.get("agent") is None:
        return {}
    return {"by an agent": point["agent"] / whole, "assisted": point["assisted"] / whole}


PILES = {
    "sizes": Pile(_sizes, dict(zip(("XS", "S", "M", "L", "XL", "XXL"), RAMP, strict=True)), "pull requests per {grain}", share=False),
    "spent": Pile(
        _spent, {"active": PALETTE[0], "waiting": PALETTE[1], "put back": QUIET}, "share of the time from start to done", share=True
    ),
    "adoption": Pile(
        _adoption, {"by an agent": PALETTE[4], "assisted": PALETTE[0]}, "share of merged pull requests, at least", share=True, mark="area"
    ),
}


def _rows(document: Mapping[str, Any], pile: Pile) -> list[Row]:
    rows = []
    for point in document.get("series") or []:
        parts = pile.parts(point)
        for name, amount in ((name, parts[name]) for name in pile.colours if name in parts):
            shown = said(amount, "share") if pile.share else plain(amount)
            rows.append(bucket_row(document, point) | {"part": name, "_edge": name, "value": amount, "_value": amount, "_shown": shown})
    return piled(rows)


def _suiting(pile: Pile) -> Callable[[Mapping[str, Any]], bool]:
    return lambda document: not document.get("groups") and any(pile.parts(point) for point in document.get("series") or [])


def _drawing(pile: Pile, what: str) -> Callable[[Mapping[str, Any], Theme], Spec]:
    def draw(document: Mapping[str, Any], theme: Theme) -> Spec:
        rows = _rows(document, pile)
        title = pile.axis.format(grain=document["grain"])
        return framed(document, _body(document, pile, rows, theme), theme, what=what, rows=rows, unit=title)

    return draw


def _body(document: Mapping[str, Any], pile: Pile, rows: list[Row], theme: Theme) -> Spec:
    shown = {row["part"] for row in rows}
    names = [name for name in pile.colours if name in shown]
    paint: Spec = {"field": "part", "type": "nominal", "scale": {"domain": names, "range": [pile.colours[name] for name in names]}}
    y = amount_axis("_high", pile.axis.format(grain=document["grain"]))
    if pile.share:
        y["axis"] |= {"format": ".0%"}
    tips = tooltip(("bucket", "from"), ("part", "part"), ("_shown", "share" if pile.share else "count"), ("_base", "of"))
    common: Spec = {"y": y, "y2": {"field": "_low"}, "tooltip": tips, "fill": paint | {"legend": {"title": None}}}
    if pile.mark == "area":
        x = time_axis(document["grain"], rows)
        area: Spec = {"mark": {"type": "area", "line": False}, "encoding": {"x": x, **common, "fillOpacity": {"value": 0.8}}}
        ends: Spec = {
            "mark": {"type": "point", "filled": True, "size": 45, "opacity": 1, "strokeWidth": 2},
            "encoding": _ends(x, paint, theme),
        }
        return {"layer": [area, ends]}
    bar = {"type": "bar", "xOffset": 1, "x2Offset": -1, "strokeWidth": 1.2}
    hollow: Spec = {
        "fillOpacity": {"condition": {"test": "datum._partial", "value": 0.15}, "value": 0.95},
        "stroke": {"condition": {"test": "datum._partial", **_edge(paint)}, "value": colours(theme)["background"]},
    }
    return {"mark": bar, "encoding": {"x": bar_axis(document["grain"], rows), "x2": {"field": "_end"}, **common, **hollow}}


def _edge(paint: Spec) -> Spec:
    """The same colours without a legend; by a field of its own, as Vega merges legends of one field and drops both when one is off."""
    return {**paint, "field": "_edge", "legend": None}


def _ends(x: Spec, paint: Spec, theme: Theme) -> Spec:
    """Points on the upper edge of each part: hollow where the bucket is not complete."""
    fill = {"condition": {"test": "datum._partial", "value": colours(theme)["background"]}, **_edge(paint)}
    return {"x": x, "y": {"field": "_high", "type": "quantitative"}, "stroke": _edge(paint), "fill": fill}


sizes = Chart("sizes", _suiting(PILES["sizes"]), _drawing(PILES["sizes"], "Stacked bars by size"), weight=12, instead="percentiles")
spent = Chart("spent", _suiting(PILES["spent"]), _drawing(PILES["spent"], "Stacked bars of time"), weight=12, instead="ratio")
adoption = Chart("adoption", _suiting(PILES["adoption"]), _drawing(PILES["adoption"], "Stacked area"), weight=12, instead="ratio")
