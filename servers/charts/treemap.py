"""A map of shares: every part is a tile as large as its share; with two cuts, tiles stand inside those of the first."""

from collections.abc import Mapping, Sequence
from typing import Any

from servers.charts.chart import Chart
from servers.charts.frame import WIDTH, Spec, framed, tooltip
from servers.charts.points import Row, base
from servers.charts.stacked import CLASS_COLOURS
from servers.charts.theme import PALETTE, QUIET, Theme, colours, ink_on
from servers.charts.tiles import Tile, squarified
from servers.metrics.catalogue import CATALOGUE
from servers.metrics.metric import Count, Shares, Total
from servers.units import plain, said

HEIGHT = 380
HEAD = 20
"""Height of the heading of a tile that holds others."""
LEAST = 0.002
"""Smaller shares than this of the whole have no tile of their own."""
LETTER = 0.58
"""Width of a letter, as a share of the size of its font."""
SIZES = (12, 10)
"""Sizes of names in tiles: the smaller one where the larger does not fit."""
SHORTEST = 7
"""Letters of a shortened name, at least: of fewer nobody would know it."""
UNNAMED = ("(unmapped)", "(other)")
CUTS = ("epic", "initiative")
"""Cuts with so many small members that bars would not fit."""


def _suits(document: Mapping[str, Any]) -> bool:
    found, metric = _amounts(document), CATALOGUE.get(str(document.get("metric")))
    additive = metric is not None and isinstance(metric.measure, Count | Total | Shares)  # the parts of a median add up to nothing
    return additive and sum(1 for _, amount, _ in found if amount > 0) > 1 and all(amount >= 0 for _, amount, _ in found)


def _fits(document: Mapping[str, Any]) -> bool:
    cut = any(name in CUTS for name in document.get("group_by") or [])
    return cut and not document.get("series") and not document.get("compare")


def _amounts(document: Mapping[str, Any]) -> list[tuple[tuple[str, ...], float, Mapping[str, Any]]]:
    """The members of each part, its amount, and the figure that it stands on; of shares without groups the parts of the one value."""
    value = document.get("value")
    if document.get("groups"):
        names, weight = document["group_by"], _weight(document)
        groups = [group for group in document["groups"] if isinstance(group.get(weight), int | float)]
        return [(tuple(group["dimensions"][name] for name in names), float(group[weight]), group) for group in groups]
    if isinstance(value, Mapping) and all(isinstance(part, int | float) for part in value.values()):
        return [((name.replace("_", " "),), float(part), document) for name, part in value.items()]
    return []


def _weight(document: Mapping[str, Any]) -> str:
    """The member that holds the amount of a group: with two cuts a share is one of the other cut's member, so what it is a share of is drawn."""
    metric = CATALOGUE.get(str(document.get("metric")))
    summed = metric.measure.total if metric and isinstance(metric.measure, Shares) else ""
    counted = metric is not None and isinstance(metric.measure, Shares) and not summed
    several = len(document.get("group_by") or []) > 1
    return (summed or ("n" if counted else "value")) if several else "value"


def _draw(document: Mapping[str, Any], theme: Theme) -> Spec:
    parts = sorted(_amounts(document), key=lambda part: (part[0][0] in UNNAMED, -part[1], part[0]))
    whole = sum(amount for _, amount, _ in parts)
    kept = [part for part in parts if part[1] >= LEAST * whole]
    rows = _nested(document, kept, whole) if len(kept[0][0]) > 1 else _flat(document, kept, whole)
    drawn = framed(document, {"layer": _layers(rows, theme), "height": HEIGHT}, theme, what="Treemap", rows=rows, unit=_measured(document))
    drawn["title"]["subtitle"] += f" · {len(parts) - len(kept)} too small to be drawn" if len(kept) < len(parts) else ""
    return drawn


def _measured(document: Mapping[str, Any]) -> str:
    return "share of the whole" if document["unit"] == "share" else str(document["unit"])


def _flat(document: Mapping[str, Any], parts: Sequence[Any], whole: float) -> list[Row]:
    """Tiles side by side: the areas carry the amounts, so one colour does; what has no name is grey."""
    tiles = squarified([amount for _, amount, _ in parts], Tile(0, 0, WIDTH, HEIGHT))
    return [
        _row(document, part, tile, whole, QUIET if part[0][0] in UNNAMED else PALETTE[0]) for part, tile in zip(parts, tiles, strict=True)
    ]


def _nested(document: Mapping[str, Any], parts: Sequence[Any], whole: float) -> list[Row]:
    """Tiles of the second cut inside those of the first, in its colour under its heading."""
    outer: dict[str, list[Any]] = {}
    for part in parts:
        outer.setdefault(part[0][0], []).append(part)
    sums = {name: sum(amount for _, amount, _ in inner) for name, inner in outer.items()}
    ranked = sorted(outer, key=lambda name: (name in UNNAMED, -sums[name]))
    frames = squarified([sums[name] for name in ranked], Tile(0, 0, WIDTH, HEIGHT))
    rows: list[Row] = []
    for place, (name, frame) in enumerate(zip(ranked, frames, strict=True)):
        paint = QUIET if name in UNNAMED else CLASS_COLOURS.get(name, PALETTE[place % len(PALETTE)])
        said_name, shown, wide = name.replace("_", " "), _said(document, sums[name], whole), frame.width - 8
        heading = _fitted(f"{said_name} {shown}", wide, 12) if _fits_in(f"{said_name} {shown}", wide, 12) else _fitted(said_name, wide, 12)
        rows.append(_box(frame) | {"_heading": heading, "_tip": name, "_shown": shown, "_colour": paint})
        inside = squarified([amount for _, amount, _ in outer[name]], frame.inside(HEAD, 1))
        rows += [_row(document, part, tile, whole, paint) for part, tile in zip(outer[name], inside, strict=False)]
    return rows


def _row(document: Mapping[str, Any], part: Any, tile: Tile, whole: float, paint: str) -> Row:
    members, amount, figure = part
    name, shown = members[-1].replace("_", " "), _said(document, amount, whole)
    size = next((size for size in SIZES if _fits_in(name, tile.width - 9, size)), SIZES[-1])
    label = _fitted(name, tile.width - 9, size) if tile.height >= 18 else ""
    below = shown if label and tile.height >= 40 and _fits_in(shown, tile.width - 9, SIZES[-1]) else ""
    dimensions = figure["dimensions"] if document.get("groups") else {}
    found: Row = _box(tile) | dimensions | {"value": amount, "_tip": " · ".join(members), "_shown": shown, "_base": base(figure)}
    return found | {"_name": label, "_size": size, "_amount": below, "_colour": paint, "_ink": ink_on(paint)}


def _box(tile: Tile) -> Row:
    return {"_x": tile.x, "_x2": tile.x + tile.width, "_y": tile.y, "_y2": tile.y + tile.height}


def _said(document: Mapping[str, Any], amount: float, whole: float) -> str:
    share = said(amount / whole if _weight(document) != "value" else amount, "share")
    return share if document["unit"] == "share" else f"{plain(amount)} ({said(amount / whole, 'share')})"


def _fits_in(text: str, width: float, size: int) -> bool:
    return len(text) <= int(width / (LETTER * size))


def _fitted(text: str, width: float, size: int) -> str:
    """The text as far as it fits; nothing where hardly a letter would, and of one word nothing but the whole: half a key is another key."""
    letters = int(width / (LETTER * size))
    if len(text) > letters and " " not in text:
        return ""
    return text if len(text) <= letters else f"{text[: letters - 1].rstrip()}…" if letters >= SHORTEST else ""


def _layers(rows: Sequence[Row], theme: Theme) -> list[Spec]:
    """Tiles, then the headings of those that hold others, then name and amount inside each."""
    x = {"field": "_x", "type": "quantitative", "axis": None, "scale": {"domain": [0, WIDTH], "nice": False}}
    y = {"field": "_y", "type": "quantitative", "axis": None, "scale": {"domain": [0, HEIGHT], "nice": False, "reverse": True}}
    ground = colours(theme)["background"]
    tips = tooltip(("_tip", "part"), ("_shown", "share"), ("_base", "of"))
    paint = {"field": "_colour", "type": "nominal", "scale": None}
    inner, outer = {"filter": "isValid(datum._name)"}, {"filter": "isValid(datum._heading)"}
    place: Spec = {"x": x, "y": y, "x2": {"field": "_x2"}, "y2": {"field": "_y2"}}
    tile: Spec = {
        "transform": [inner],
        "mark": {"type": "rect", "stroke": ground, "strokeWidth": 2, "cornerRadius": 2},
        "encoding": place | {"color": paint, "tooltip": tips},
    }
    layers = [tile]
    if any("_heading" in row for row in rows):
        head: Spec = {"type": "text", "align": "left", "baseline": "middle", "dx": 5, "dy": HEAD / 2 + 1, "fontSize": 12, "fontWeight": 600}
        layers.append(
            {
                "transform": [outer],
                "mark": head | {"color": colours(theme)["text"]},
                "encoding": {"x": x, "y": y, "text": {"field": "_heading"}},
            }
        )
    ink = {"field": "_ink", "type": "nominal", "scale": None}
    size = {"field": "_size", "type": "quantitative", "scale": None}
    for field, dy, weight in (("_name", 12, 600), ("_amount", 28, 400)):
        mark: Spec = {"type": "text", "align": "left", "baseline": "middle", "dx": 5, "dy": dy, "fontWeight": weight}
        written: Spec = {"x": x, "y": y, "text": {"field": field}, "color": ink, "size": size}
        layers.append({"transform": [inner], "mark": mark, "encoding": written})
    return layers


treemap = Chart("treemap", _suits, _draw, weight=4, fits=_fits, words=("treemap", "tree map", "map of shares"))
