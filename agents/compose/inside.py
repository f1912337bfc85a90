"""Who moved within a window: per group, the last complete part against the first complete part."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agents.compose.metric import higher_is_better
from agents.compose.words import blocks, bucket_words, member, table
from agents.figures import Source
from servers.units import delta_said, percent


@dataclass(frozen=True)
class Move:
    """How one group changed between two complete parts."""

    group: Mapping[str, Any]
    first: Mapping[str, Any]
    last: Mapping[str, Any]

    @property
    def delta(self) -> float:
        """Last minus first, in the metric's unit."""
        return float(self.last["value"]) - float(self.first["value"])

    @property
    def relative(self) -> float | None:
        """The change as a share of the first part."""
        return self.delta / float(self.first["value"]) if self.first["value"] else None


def moves(groups: list[Mapping[str, Any]]) -> list[Move]:
    """The change of each group that has a value in two complete parts."""
    found = []
    for group in groups:
        whole = [p for p in group.get("series") or [] if not p.get("partial") and isinstance(p.get("value"), int | float)]
        if len(whole) > 1:
            found.append(Move(group, whole[0], whole[-1]))
    return found


def inside_block(source: Source) -> str:
    """A table of the changes, and a sentence on who got worse and by how much."""
    metric, grain = str(source.document.get("metric")), str(source.document.get("grain", ""))
    found = sorted(moves(list(source.document.get("groups") or [])), key=lambda m: m.delta, reverse=higher_is_better(metric) is not True)
    if not found:
        return "No group has a value in two complete parts of this window, so nothing can be said about who moved."
    rows = [row(source, move, grain) for move in found]
    left_out = len(source.document.get("groups") or []) - len(found)
    note = f"{source.count(left_out, source.document)} more without a value in two complete parts." if left_out else ""
    first = str(source.document.get("group_by", ["group"])[0])
    return blocks(verdict(source, found, metric, grain), table([first, "first part", "last part", "change"], rows), note)


def row(source: Source, move: Move, grain: str) -> list[str]:
    """One group's two parts and the difference."""
    return [member(move.group), part(source, move, move.first, grain), part(source, move, move.last, grain), change(source, move)]


def part(source: Source, move: Move, point: Mapping[str, Any], grain: str) -> str:
    """A part's value with its base and when it began."""
    at = {**move.group["dimensions"], "bucket": point["bucket"]}
    return f"{source.value(point, dimensions=at)} ({source.n(point, at)}; from {bucket_words(str(point['bucket']), grain)})"


def change(source: Source, move: Move) -> str:
    """The difference, absolute and relative."""
    at = move.group["dimensions"]
    source.keep(move.delta, "delta", move.last, at)
    words = delta_said(move.delta, source.unit)
    if move.relative is None:
        return words
    source.keep(move.relative, "relative", move.last, at, unit="ratio")
    return f"{words} ({percent(move.relative)})"


def verdict(source: Source, found: list[Move], metric: str, grain: str) -> str:
    """Who got worse, if anybody did; a tenth is the least that counts."""
    better_up = higher_is_better(metric)
    worse = [m for m in found if m.relative is not None and abs(m.relative) >= 0.1 and better_up is not None and (m.delta < 0) == better_up]
    parts = f"comparing the last complete {grain} with the first complete {grain}"
    if better_up is None:
        return f"Changes per group, {parts}; for this figure neither direction is better."
    if not worse:
        return f"No group clearly got worse, {parts}."
    names = ", ".join(f"**{member(m.group)}** {change(source, m)}" for m in worse)
    return f"Got worse, {parts}: {names}. {'Everything else is within a tenth or improved.' if len(worse) < len(found) else ''}".strip()
