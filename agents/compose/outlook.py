"""Forecasts and risks in words: never one certainty alone, always basis, history and assumptions."""

from collections.abc import Mapping
from typing import Any

from agents.compose.other import fact_lines
from agents.compose.words import blocks, scope_words, table
from agents.figures import Source, label
from agents.gathered import Gathered
from servers.units import percent

LEVELS = ("p50", "p85", "p95")
HEALTH = {"on_track": "on track", "at_risk": "at risk", "off_track": "off track", "done": "done"}


def outlook(g: Gathered) -> str:
    """Every forecast and risk of the answer."""
    return blocks(*(one(g.source(p)) for p in g.of("forecast", "risk")))


def one(source: Source) -> str:
    """A forecast by its kind, anything else by its facts."""
    metric = source.document.get("metric")
    if metric in ("forecast_when", "forecast_how_many"):
        return forecast(source, when=metric == "forecast_when")
    return "\n".join(fact_lines(source, source.document))


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
