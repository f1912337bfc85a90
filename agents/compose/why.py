"""Why a figure moved: the change, the parts that add up to it, and which of them weigh most."""

from collections.abc import Mapping, Sequence
from typing import Any

from agents.compose.metric import metric_block
from agents.compose.words import as_data, blocks, scope_words, table, window_words
from agents.figures import Source, label
from agents.gathered import Gathered
from servers.units import delta_said
from servers.wording import shown_parts

NOT_CLEAR = "It did not clearly change, so there is little to explain."
ARITHMETIC = "The parts are arithmetic: they say where the change sits, not what caused it."
RULING = 0.5
"""A part of at least so much of the change, in the same direction, is what the change mostly is."""


def reasons(g: Gathered) -> str:
    """The figure with its comparison, then what the change is made of."""
    head = blocks(*(metric_block(g.source(p), g.plan) for p in g.of("main")))
    return blocks(head, *(divided(g.source(p)) for p in g.of("why")))


def divided(source: Source) -> str:
    """One change in parts."""
    doc = source.document
    if not doc.get("parts"):
        return source.quote(str(doc.get("message") or "There is no change to divide."))
    return blocks(direction(source), part_table(source), by_stage(source), ARITHMETIC)


def direction(source: Source) -> str:
    """Whether it rose or fell, by how much, and where most of that sits."""
    doc = source.document
    delta, before = float(doc["delta"]), doc.get("compare") or {}
    moved = "rose" if delta > 0 else "fell" if delta < 0 else "did not move"
    size = f" ({said(source, delta, {})})" if delta else ""
    unclear = before.get("verdict") == "no clear change"
    ruling = [part for part in doc["parts"] if delta and part["contribution"] / delta >= RULING]
    most = f" Most of it sits in {' and '.join(name(part) for part in ruling[:2])}." if ruling and not unclear else ""
    place = window_words(before.get("window"))
    return f"**{source.title}**{scope_words(doc)} {moved}{size} against {place}.{f' {NOT_CLEAR}' if unclear else ''}{most}"


def said(source: Source, value: float, place: Mapping[str, Any]) -> str:
    """A contribution with its sign, written down."""
    source.keep(value, "delta", source.document, place)
    return delta_said(value, source.unit)


def name(part: Mapping[str, Any]) -> str:
    """A part by its kind and name; names come from outside."""
    return {"mix": "the mix", "size": "the size of the work"}.get(part["kind"]) or as_data(str(part["name"]))


def part_table(source: Source) -> str:
    """The parts worth a word, each with its group's own value before and after."""
    parts = source.document["parts"]
    shown = shown_parts(parts)
    rows = [[what(part), said(source, part["contribution"], place_of(part)), *sides(source, part)] for part in shown]
    if len(shown) < len(parts):
        rest = sum(part["contribution"] for part in parts) - sum(part["contribution"] for part in shown)
        rows.append(["everything else", said(source, rest, {"part": "rest"}), "", ""])
    return table(["part", "contribution", "before", "after"], rows)


def what(part: Mapping[str, Any]) -> str:
    """What a part is, in the first column."""
    if part["kind"] == "mix":
        return f"mix: {part['name']}"
    return "size of the work" if part["kind"] == "size" else f"{label(str(part['kind']))} {as_data(str(part['name']))}"


def place_of(part: Mapping[str, Any]) -> dict[str, str]:
    """A part as dimensions of its figure."""
    return {"part": str(part["kind"]), "name": str(part["name"])}


def sides(source: Source, part: Mapping[str, Any]) -> list[str]:
    """A group's value and number in both windows."""
    return [side(source, part, period) for period in ("before", "after")]


def side(source: Source, part: Mapping[str, Any], period: str) -> str:
    """One of the two; mix and size have none."""
    found = part.get(period)
    if not found:
        return ""
    if found.get("value") is None:
        return "–"
    place = place_of(part) | {"period": period}
    value = source.keep(found["value"], "value", found, place)
    return (
        value if found["n"] == found["value"] else f"{value} (n {source.count(found['n'], found, place, stat='n')})"
    )  # a plain amount is its n


def by_stage(source: Source) -> str:
    """Which stages moved, the one that moved most first."""
    stages: Sequence[Mapping[str, Any]] = source.document.get("stages") or []
    ranked = sorted(stages, key=lambda stage: -abs(stage["contribution"]))
    listed = ", ".join(f"{stage['name']} {said(source, stage['contribution'], {'stage': stage['name']})}" for stage in ranked)
    return f"By stage: {listed}." if listed else ""
