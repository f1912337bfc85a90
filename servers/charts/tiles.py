"""Rectangles whose areas are amounts, as near to squares as can be (the squarified layout of Bruls, Huizing and van Wijk)."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Tile:
    """A rectangle in points, from its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    def inside(self, top: float = 0.0, rim: float = 0.0) -> "Tile":
        """The room that a heading of `top` points and a rim leave."""
        return Tile(self.x + rim, self.y + top + rim, max(0.0, self.width - 2 * rim), max(0.0, self.height - top - 2 * rim))


def squarified(amounts: Sequence[float], room: Tile) -> list[Tile]:
    """One tile per amount, in their order; amounts are positive and descend."""
    whole = sum(amounts)
    if not amounts or whole <= 0 or room.width <= 0 or room.height <= 0:
        return []
    areas = [amount * room.width * room.height / whole for amount in amounts]
    found: list[Tile] = []
    while areas:
        side = min(room.width, room.height)
        count = _row(areas, side)
        row, areas = areas[:count], areas[count:]
        tiles, room = _laid(row, room)
        found += tiles
    return found


def _row(areas: Sequence[float], side: float) -> int:
    """How many of the areas stand in the next row: as many as make its worst tile squarer."""
    count, worst = 1, _worst(areas[:1], side)
    while count < len(areas) and (further := _worst(areas[: count + 1], side)) <= worst:
        count, worst = count + 1, further
    return count


def _worst(row: Sequence[float], side: float) -> float:
    """The longest side over the shortest, of the tile where that is largest."""
    thick = sum(row) / side
    return max(max(thick * thick / area, area / (thick * thick)) for area in row)


def _laid(row: Sequence[float], room: Tile) -> tuple[list[Tile], Tile]:
    """The row along the shorter side of the room, and the room that is left."""
    tiles, at = [], 0.0
    if room.width >= room.height:
        thick = sum(row) / room.height
        for area in row:
            tiles.append(Tile(room.x, room.y + at, thick, area / thick))
            at += area / thick
        return tiles, Tile(room.x + thick, room.y, max(1e-9, room.width - thick), room.height)
    thick = sum(row) / room.width
    for area in row:
        tiles.append(Tile(room.x + at, room.y, area / thick, thick))
        at += area / thick
    return tiles, Tile(room.x, room.y + thick, room.width, max(1e-9, room.height - thick))
