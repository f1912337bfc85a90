"""A metric's result as short text: the same rows as the structured content, in as few tokens as reading needs."""

from collections.abc import Mapping, Sequence
from typing import Any

from servers.listing import quoted
from servers.metrics.catalogue import CATALOGUE
from servers.units import delta_said, is_money, percent, plain, said, short

_SHARES = ("ratio", "share", "shares")
_SIGNS = {True: "~", False: ""}
"""A partial bucket is marked, so that nobody reads it as a fall."""


def result_text(document: Mapping[str, Any]) -> str:
    """The readable form of an envelope: headline, spread, comparison, groups, series, warnings, evidence."""
    lines = [
        headline(document),
        *_spread(document),
        *_comparison(document),
        *_groups(document),
        *_series(document),
        *_variants(document),
        *_now(document),
    ]
    lines += [f"! {warning}" for warning in document.get("warnings", [])]
    if document.get("evidence"):
        lines.append(f"evidence {document['evidence']}")
    return "\n".join(lines)


def headline(document: Mapping[str, Any]) -> str:
    """Metric, value, n and window in one line; without a value the reason. A state that looks at a window of its own says as of when."""
    window = document["window"]
    place = f"{window['from']}..{window['to']} {window['tz']}"
    metric, day = CATALOGUE.get(str(document["metric"])), str(document.get("as_of", ""))[:10]
    place += f", as of {day}" if metric is not None and not metric.aggregated and day not in place else ""
    what = document.get("title") or document["metric"]
    filters = "".join(f", {name} {'/'.join(values)}" for name, values in document.get("filters", {}).items())
    return f"{what}{filters}: {figure(document, document['unit'])}, {place}{' (partial)' if document.get('partial') else ''}"


def figure(part: Mapping[str, Any], unit: str) -> str:
    """One figure with what it stands on: `41.2 h (n 312)`, `20 % (2/10)`, or why there is none."""
    if part.get("status", "ok") != "ok":
        return f"no value: {part['status']}{_message(part)} ({_base(part)})"
    value = part.get("value")
    shown = short(value, unit) if isinstance(value, dict) else said(value, unit)
    return f"{shown} ({_base(part)})"


def _message(part: Mapping[str, Any]) -> str:
    return f", {part['message']}" if part.get("message") else ""


def _base(part: Mapping[str, Any]) -> str:
    if part.get("denominator") is not None:
        return f"{part.get('numerator', '–')}/{part['denominator']}"
    return f"n {part.get('n') if part.get('n') is not None else '–'}"


def _spread(document: Mapping[str, Any]) -> list[str]:
    stats = document.get("stats") or {}
    shown = [
        f"{name} {said(value, document['unit'])}"
        for name, value in stats.items()
        if name in ("p75", "p85", "p90", "mean") and value is not None
    ]
    return [", ".join(shown)] if shown else []


def _comparison(document: Mapping[str, Any]) -> list[str]:
    before = document.get("compare")
    if not before:
        return []
    change = f"{delta_said(before.get('delta'), document['unit'])} ({percent(before.get('relative'))}), {before.get('verdict')}"
    return [f"before ({before['window']['from']}..{before['window']['to']}): {figure(before, document['unit'])}; {change}"]


def _now(document: Mapping[str, Any]) -> list[str]:
    """What is known now of a value of a past day, and how many records changed since."""
    now = document.get("known_now")
    if not now:
        return []
    delta = f", {delta_said(now['delta'], document['unit'])}" if now.get("delta") else ""
    return [f"as known now: {figure(now, document['unit'])}{delta}; {now['changed']} records changed since {document['as_of'][:10]}"]


def _variants(document: Mapping[str, Any]) -> list[str]:
    """The range under the other defensible rules, and the one that moves the value most."""
    found = variants_said(document)
    return [f"other rules: {found}"] if found else []


def variants_said(document: Mapping[str, Any]) -> str | None:
    """`8–19 % (most: explicit links only)`; None where no other rule was computed."""
    variants = document.get("variants")
    if not variants:
        return None
    least, most = (said(value, document["unit"]) for value in variants["range"])
    if variants.get("moves_most") is None:
        return "no difference"
    words = next(rule["words"] for rule in variants["rules"] if rule["rule"] == variants["moves_most"])
    number, _, unit = least.partition(" ")
    return f"{number if most.endswith(unit) else least}–{most} (most: {words})"


def _groups(document: Mapping[str, Any]) -> list[str]:
    groups = document.get("groups") or []
    unit = document["unit"]
    return [
        f"{'/'.join(quoted(str(name)) for name in group['dimensions'].values())}: {figure(group, group.get('unit', unit))}{_moved(group, unit)}"
        for group in groups
    ]


def _moved(group: Mapping[str, Any], unit: str) -> str:
    before = group.get("compare")
    return f", before {figure(before, unit)}, {delta_said(before.get('delta'), unit)}" if before else ""


def _series(document: Mapping[str, Any]) -> list[str]:
    points = document.get("series") or []
    if not points:
        return []
    unit = document["unit"]
    scale, name = (100, "%") if unit in _SHARES else (1, unit)
    years = ["", *(point["bucket"][:4] for point in points)]
    digits = 0 if is_money(unit) else 1
    shown = " ".join(_point(point, scale, digits, known_year=year) for point, year in zip(points, years, strict=False))
    return [f"by {document['grain']}, {name} (n), ~ partial: {shown}"]


def _point(point: Mapping[str, Any], scale: float, digits: int, *, known_year: str) -> str:
    """One bucket; its year is said only where it changes."""
    day = quoted(str(point["bucket"]).removeprefix(f"{known_year}-"))
    value, base = point.get("value"), point["denominator"] if point.get("denominator") is not None else point.get("n")
    if isinstance(value, dict):
        number = ",".join(f"{name} {plain(part * scale)}" for name, part in value.items())
    else:
        number = "–" if value is None else plain(round(value * scale, digits))
    return f"{day} {_SIGNS[bool(point.get('partial'))]}{number}({base if base is not None else '–'})"


PARTS_SHOWN = 6
NEGLIGIBLE = 0.005
"""Parts below this share of the largest one are not worth a word."""


def explained_text(document: Mapping[str, Any]) -> str:
    """A change and what it is made of: the parts add up to the difference, the stages to what the groups contribute."""
    unit = document["unit"]
    lines = [headline(document), *_comparison(document)]
    if document["parts"]:
        made = "; ".join(_explained_part(part, unit) for part in shown_parts(document["parts"]))
        lines.append(f"{delta_said(document['delta'], unit)} is made of: {made}")
    if document["stages"]:
        lines.append("by stage: " + "; ".join(f"{part['name']} {delta_said(part['contribution'], unit)}" for part in document["stages"]))
    lines += [f"! {warning}" for warning in document.get("warnings", [])]
    return "\n".join([*lines, *([f"evidence {document['evidence']}"] if document.get("evidence") else [])])


def shown_parts(parts: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The parts worth a word, the largest first; the rest stands in the structured result."""
    ranked = sorted(parts, key=lambda part: -abs(part["contribution"]))
    largest = abs(ranked[0]["contribution"]) if ranked else 0.0
    return [part for part in ranked[:PARTS_SHOWN] if abs(part["contribution"]) >= NEGLIGIBLE * largest]


def _explained_part(part: Mapping[str, Any], unit: str) -> str:
    moved = delta_said(part["contribution"], unit)
    if part["kind"] in ("mix", "size"):
        return f"{part['kind']} ({part['name']}) {moved}"
    before, after = part["before"], part["after"]
    return f"{quoted(str(part['name']))} {moved} ({said(before['value'], unit)} to {said(after['value'], unit)}, n {before['n']:.0f} to {after['n']:.0f})"


def report_text(report: Mapping[str, Any]) -> str:
    """Several metrics over one window, a line each: value, base, change and verdict."""
    metrics = report["metrics"]
    window = metrics[0]["window"] if metrics else {"from": "–", "to": "–", "tz": ""}
    lines = [f"{window['from']}..{window['to']} {window['tz']}"]
    lines += [_report_line(document) for document in metrics]
    warnings = dict.fromkeys(warning for part in [report, *metrics] for warning in part.get("warnings", []))
    lines += [f"! {warning}" for warning in warnings]
    return "\n".join([*lines, *([f"evidence {report['evidence']}"] if report.get("evidence") else [])])


def _report_line(document: Mapping[str, Any]) -> str:
    unit, before = document["unit"], document.get("compare")
    change = f"; {delta_said(before.get('delta'), unit)} ({percent(before.get('relative'))}), {before.get('verdict')}" if before else ""
    band = f", {document['band']}" if document.get("band") else ""
    rules = variants_said(document)
    return f"{document['metric']}: {figure(document, unit)}{band}{change}{f'; rules {rules}' if rules else ''}"
