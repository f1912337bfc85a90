"""Sprints and epics in words: what was planned and what became of it, how far each epic is."""

from collections.abc import Mapping, Sequence
from typing import Any

from agents.compose.other import cell
from agents.compose.words import as_data, blocks, table, window_words
from agents.figures import Source
from agents.gathered import Gathered
from servers.units import percent

AMOUNTS = {
    "committed": "committed at the start",
    "completed": "completed",
    "added": "added after the start",
    "removed": "removed",
    "spilled": "carried over",
}
SHARES = {"say_do": "say-do ratio", "completion_ratio": "completed of committed", "scope_change": "scope change", "spillover": "spillover"}
LISTS = {"spilled": "Carried over", "added": "Added after the start", "removed": "Removed"}
OPEN = "not done yet"
"""What carried over is called while the sprint still runs."""
SHOWN_ISSUES = 15


def sprint_reports(g: Gathered) -> str:
    """Every sprint of the answer, each with its amounts and the issues that were asked for."""
    wanted = ["spilled"] if "sprint_spillover" in g.plan.metrics else list(LISTS)
    return blocks(*(_sprint(g.source(p), wanted) for p in g.pieces if p.ok))


def _sprint(source: Source, wanted: Sequence[str]) -> str:
    doc = source.document
    if doc.get("status", "ok") != "ok":
        return f"**Sprint report**: no value, {source.missing(doc)}. {source.quote(str(doc.get('message') or ''))}".rstrip()
    team = f" of {as_data(str(doc['team']))}" if doc.get("team") else ""
    running = "; it still runs, so this is as of now" if doc.get("partial") else ""
    head = f"**Sprint {as_data(str(doc['sprint']))}**{team}, {window_words(doc.get('window'))}{running}:"
    amounts = AMOUNTS | ({"spilled": OPEN} if doc.get("partial") else {})
    shares = {name: words for name, words in SHARES.items() if not (doc.get("partial") and name == "spillover")}
    rows = [[words, _kept(source, name, str(doc["unit"]))] for name, words in amounts.items()]
    rows += [[words, _kept(source, name, "ratio") if doc.get(name) is not None else "–"] for name, words in shares.items()]
    return blocks(head, table(["part", "amount"], rows), *(_issues(source, name) for name in wanted))


def _kept(source: Source, name: str, unit: str) -> str:
    return source.keep(source.document[name], "value", source.document, {"part": name}, unit=unit)


def _issues(source: Source, name: str) -> str:
    """The issues of one set of the sprint."""
    found = [issue for issue in source.document.get("issues") or [] if name in issue["sets"]]
    title = OPEN.capitalize() if name == "spilled" and source.document.get("partial") else LISTS[name]
    if not found:
        return f"{title}: none."
    rows = [
        [as_data(issue["issue"]), as_data(issue["title"] or ""), *(cell(source, column, issue[column]) for column in ("points", "carried"))]
        for issue in found[:SHOWN_ISSUES]
    ]
    more = f", the first {source.count(SHOWN_ISSUES, {})} shown" if len(found) > SHOWN_ISSUES else ""
    head = f"{title}: {source.count(len(found), {}, {'part': name})} issues{more}."
    return blocks(head, table(["issue", "title", "points", "times carried over"], rows))


def epic_lists(g: Gathered) -> str:
    """The progress of the selection, then epic by epic, the furthest from done first."""
    return blocks(*(_epics(g.source(p), g.plan.top) for p in g.pieces if p.ok))


def _epics(source: Source, top: int | None) -> str:
    doc = source.document
    epics = doc.get("epics") or []
    if not epics:
        return "There are no open epics in this selection."
    overall = f" Together {source.value(doc)} ({source.n(doc)})." if doc.get("value") is not None else ""
    shown = epics[: top or SHOWN_ISSUES]
    head = f"{source.count(len(epics), {})} epics, the furthest from done first.{overall}"
    header = ["epic", "title", "done", "of", "items left", "scope since start", "p85", "target"]
    return blocks(head, table(header, [_epic(source, epic) for epic in shown]))


def _epic(source: Source, epic: Mapping[str, Any]) -> list[str]:
    at = {"epic": epic["epic"]}
    growth = epic.get("scope_growth")
    done = source.keep(epic["progress"], "value", epic, at, unit="ratio") if epic.get("progress") is not None else "no items"
    grown = "–" if growth is None else _said_growth(source, growth, epic, at)
    health = str(epic.get("health") or "").replace("_", " ")
    target = f"{epic['target']} {health}".strip() if epic.get("target") else "–"
    total = source.keep(epic["total"], "count", epic, at, unit=str(epic["unit"]))
    left = source.count(epic["remaining_items"], epic, at)
    return [as_data(epic["epic"]), as_data(epic["title"] or ""), done, total, left, grown, epic.get("p85") or "–", target]


def _said_growth(source: Source, growth: float, epic: Mapping[str, Any], at: Mapping[str, Any]) -> str:
    source.keep(growth, "relative", epic, at, unit="ratio")
    return percent(growth)
