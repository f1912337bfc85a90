"""Forecasts and risks in words: never one certainty alone, always basis, history and assumptions."""

from collections.abc import Mapping
from typing import Any

from agents.compose.other import fact_lines
from agents.compose.words import as_data, blocks, scope_words, table
from agents.figures import Source, label
from agents.gathered import Gathered
from servers.units import percent

LEVELS = ("p50", "p85", "p95")
MOST_ITEMS, MOST_REASONS = 15, 3
HEALTH = {"on_track": "on track", "at_risk": "at risk", "off_track": "off track", "done": "done"}


def outlook(g: Gathered) -> str:
    """Every forecast and risk of the answer."""
    return blocks(*(one(g.source(p)) for p in g.of("forecast", "risk")))


def one(source: Source) -> str:
    """A forecast by its kind, a risk by its members, anything else by its facts."""
    metric = source.document.get("metric")
    if metric in ("forecast_when", "forecast_how_many"):
        return forecast(source, when=metric == "forecast_when")
    if source.document.get("status", "ok") == "ok" and source.document.get("items"):
        return risks(source)
    return "\n".join(fact_lines(source, source.document))


def risks(source: Source) -> str:
    """How many stand where, then each with its level and what it comes from, the most endangered first."""
    doc = source.document
    counted = ", ".join(
        f"{source.count(number, doc)} {label(name)}" for name, number in (doc.get("levels") or doc.get("health") or {}).items()
    )
    scored = any("contributions" in item for item in doc["items"])
    rows = [risk_row(source, item, scored=scored) for item in doc["items"][:MOST_ITEMS]]
    more = f", the first {source.count(len(rows), doc)} shown" if len(doc["items"]) > len(rows) else ""
    note = (
        "House weights from 0 (calm) to 100; a reason to look, not a verdict."
        if scored
        else "No date is promised by this: it is what today's scope and pace lead to."
    )
    return blocks(
        f"**{source.title}**{scope_words(doc)}: {counted}{more}.",
        table(["record", "title", "level", *(["risk of 100"] if scored else ["target"]), "because"], rows),
        note,
    )


def risk_row(source: Source, item: Mapping[str, Any], *, scored: bool) -> list[str]:
    """One sprint, pull request or epic; names and reasons are data."""
    known = isinstance(item.get("value"), int | float)
    score = (
        (source.keep(item["value"], "value", item, {"record": item["record"]}, unit="count") if known else "–")
        if scored
        else str(item.get("target") or "–")
    )
    level = str(item.get("level") or HEALTH.get(str(item.get("health")), item.get("status") or "–"))
    whys = [str(part.get("why", "")) for part in (item.get("contributions") or item.get("reasons") or [])[:MOST_REASONS]]
    title = as_data(str(item["title"])) if item.get("title") else "–"
    return [as_data(str(item["record"])), title, label(level), score, as_data("; ".join(whys), limit=160) if any(whys) else "–"]


def forecast(source: Source, *, when: bool) -> str:
    """The three certainties in a table, what they rest on, and how the target stands."""
    doc = source.document
    if doc.get("status", "ok") != "ok" or not doc.get("value"):
        return f"**{source.title}**{scope_words(doc)}: no forecast. {too_little(source)}"
    rows = [[level, cell(source, level, when=when)] for level in LEVELS if level in doc["value"]]
    left = f", {source.count(doc['remaining'], doc)} items remain" if when and doc.get("remaining") is not None else ""
    header = ["certainty", "done by" if when else f"at least, by {doc.get('by', '')}"]
    notes = [part for part in ("p50 is a coin toss; p85 is the one to promise.", target(source), basis(source)) if part]
    return blocks(f"**{source.quote(source.title)}**{scope_words(doc)}{left}:", table(header, rows), " ".join(notes))


def cell(source: Source, level: str, *, when: bool) -> str:
    """A date with the days to it, or an amount."""
    value = source.document["value"].get(level)
    if not when:
        return source.keep(value, level, source.document, {}, unit="items")
    days = (source.document.get("days") or {}).get(level)
    if value is None or days is None:
        return "beyond two years"
    source.keep(days, level, source.document, {}, unit="days")
    return f"{value} (in {source.count(days, source.document)} days)"


def target(source: Source) -> str:
    """How likely the target date is."""
    doc = source.document
    if doc.get("probability_on_time") is None or not doc.get("target"):
        return ""
    source.keep(doc["probability_on_time"], "value", doc, {"target": doc["target"]}, unit="ratio")
    return (
        f"Target {doc['target']}: {HEALTH.get(str(doc.get('health')), '')}, {percent(doc['probability_on_time']).removeprefix('+')} likely."
    )


def basis(source: Source) -> str:
    """What the trials are drawn from."""
    doc = source.document
    window: Mapping[str, Any] = doc.get("history_window") or {}
    span = f" from {window['from']} to {window['to']}" if window else ""
    finished = f" ({source.count(doc['finished'], doc)} items finished)" if doc.get("finished") is not None else ""
    return f"Basis: {source.quote(str(doc.get('basis', 'own history')))}{span}{finished}."


def too_little(source: Source) -> str:
    """What is missing for a forecast."""
    needs = source.document.get("needs")
    if not isinstance(needs, Mapping):
        return source.missing(source.document) + "."
    have = {name: source.document.get(name) or 0 for name in needs}
    lacking = [f"{label(name)} {source.count(have[name], {})} of {source.count(needs[name], {})} needed" for name in needs]
    return f"Not enough history: {', '.join(lacking)}."
