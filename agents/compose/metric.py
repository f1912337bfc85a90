"""One metric in words: value, spread, base, comparison, series, groups."""

from collections.abc import Mapping, Sequence
from typing import Any

from agents.compose.words import GRAINS, STATS, blocks, bucket_words, member, scope_words, table, window_words
from agents.figures import Source
from agents.plan import Intent, Plan
from servers.metrics.catalogue import CATALOGUE
from servers.metrics.compile import OTHER

MOST_ROWS = 16
STILL_OPEN = {
    "open_failures": "failures not yet recovered",
    "open": "still open",
    "no_review": "merged without any review",
    "no_start": "finished without ever being in progress",
    "unknown_origin": "of unknown origin",
}


def metric_block(source: Source, plan: Plan, *, short: bool = False) -> str:
    """Everything an answer says about one metric."""
    doc = source.document
    said = [headline(source, plan)] + ([] if short else [comparison(source, doc), since_then(source), asides(source), other_rules(source)])
    return blocks(" ".join(part for part in said if part), parts_of(source, plan))


def parts_of(source: Source, plan: Plan) -> str:
    """Groups side by side, else the course over time where one was asked for."""
    doc = source.document
    if doc.get("groups"):
        return group_table(source, plan)
    wanted = plan.intent is Intent.TREND or plan.grain == "sprint"
    return series_table(source, doc["series"], str(doc.get("grain", ""))) if wanted and doc.get("series") else ""


def headline(source: Source, plan: Plan) -> str:
    """Value, statistic, base and window in one sentence."""
    doc = source.document
    where = (
        f"**{source.title}**{scope_words(doc)}, {window_words(doc.get('window'), plan)}"
        if plan.period or doc.get("grain") == "sprint"
        else f"**{source.title}**{scope_words(doc)}, as of {str(doc.get('as_of', ''))[:10]}"
    )
    if doc.get("status", "ok") != "ok" or doc.get("value") is None:
        return f"{where}: no value, {source.missing(doc)}.{message(source)}"
    stat = plan.stat if plan.stat and (doc.get("stats") or {}).get(plan.stat) is not None else None
    if base_is_value(doc):
        return f"{where}: **{source.value(doc)}**."
    least = "at least " if doc.get("lower_bound") else ""
    name = STATS.get(stat or source.main_stat(doc), "")
    said = source.value(doc, stat=stat)
    spread = "" if stat or (doc.get("stats") or {}).get("p90") is None else f"; nine of ten within {source.value(doc, stat='p90')}"
    return f"{where}: {least}**{said}** ({', '.join(p for p in (name, source.n(doc)) if p)}){spread}."


def base_is_value(document: Mapping[str, Any]) -> bool:
    """Whether the value is itself the count it stands on."""
    return document.get("denominator") is None and document.get("n") is not None and document.get("value") == document.get("n")


def message(source: Source) -> str:
    """The reason and remedy that the tool gives."""
    return f" {source.quote(str(source.document['message']))}" if source.document.get("message") else ""


def comparison(source: Source, part: Mapping[str, Any]) -> str:
    """The same over the window before, the difference, and whether it means anything."""
    before = part.get("compare")
    if not before:
        return ""
    window = window_words(before.get("window"))
    if before.get("value") is None:
        return f"Before ({window}): no value, {source.missing(before)}."
    change = source.delta(part)
    return f"Before ({window}): {source.value(before)} ({source.n(before)}); {change + ', ' if change else ''}{before.get('verdict', 'no clear change')}."


def since_then(source: Source) -> str:
    """What the value of a past day has become by what was learnt since; nothing where changes are not kept since then and none is known."""
    now = source.document.get("known_now")
    forgotten = any(str(warning).startswith("known_since") for warning in source.document.get("warnings") or [])
    if not now or (forgotten and not now.get("changed")):
        return ""
    then = f"This is what was known on {str(source.document['as_of'])[:16].replace('T', ' ')}"
    if now.get("value") is None:
        return f"{then}; now there is no value, {source.missing(now)}."
    if not now.get("changed"):
        return f"{then}, and nothing about it was learnt since."
    changed = source.count(now["changed"], now)
    differ = "record differs" if now["changed"] == 1 else "records differ"
    return f"{then}; as known now it is {source.value(now)} ({source.n(now)}), {changed} {differ}."


def asides(source: Source) -> str:
    """Counts that belong beside the value, the band, and what is not final."""
    doc = source.document
    if doc.get("value") is None:
        return ""
    found = [
        f"{source.count(doc[name], doc)} {words}." for name, words in STILL_OPEN.items() if isinstance(doc.get(name), int) and doc[name]
    ]
    if doc.get("attribution"):
        found.append(attribution(source))
    if doc.get("band"):
        found.append(f"Published level ({doc.get('band_set', 'dora')}): {doc['band']}; context, not a target.".replace("_", " "))
    if doc.get("partial"):
        found.append(
            "The window still runs, so this is partial." if runs(doc) else "The data do not cover the whole window, so this is partial."
        )
    if doc.get("provisional"):
        found.append("The newest part is provisional: later events may still change it.")
    return " ".join(found)


def runs(doc: Mapping[str, Any]) -> bool:
    """Whether the window of a result had not ended when it was read; else it is partial because the data begin later."""
    end, read = str((doc.get("window") or {}).get("to", "")), str(doc.get("as_of") or "")
    return len(end) > len("2026-01-01") or not read or end > read[: len(end)]


def attribution(source: Source) -> str:
    """How surely the incidents of the window are laid to deployments; those that are not are counted too."""
    words = {
        "explicit": "named",
        "repair": "confirmed by the repair",
        "window": "by service and time alone",
        "unattributed": "not attributed",
    }
    counted = source.document["attribution"]
    parts = [f"{source.count(counted[name], source.document)} {said}" for name, said in words.items() if counted.get(name)]
    return f"Incidents laid to deployments: {', '.join(parts)}." if parts else ""


def other_rules(source: Source) -> str:
    """The range of the value under the other defensible rules of its definition, and the rule that moves it most."""
    variants = source.document.get("variants")
    if not variants or variants.get("moves_most") is None:
        return ""
    farthest = next(rule for rule in variants["rules"] if rule["rule"] == variants["moves_most"])
    moved = source.keep(farthest["value"], "value", farthest, {"rule": farthest["rule"]})
    between = variant_range(source).replace(" to ", " and ")
    return f"Under other defensible rules it lies between {between}; what moves it most is “{farthest['words']}” ({moved})."


def variant_range(source: Source) -> str:
    """The least and the largest value under all defensible rules; a dash where none was computed."""
    variants = source.document.get("variants")
    if not variants:
        return "–"
    least, most = (source.keep(value, "value", source.document, {"rule": "any"}) for value in variants["range"])
    return f"{least} to {most}"


def series_table(source: Source, points: Sequence[Mapping[str, Any]], grain: str) -> str:
    """The course over time, the newest buckets; running ones are marked."""
    shown = points[-MOST_ROWS:]
    rows: list[list[str]] = []
    for point in shown:
        at = {"bucket": point["bucket"]}
        value = source.value(point, dimensions=at) if point.get("value") is not None else f"– ({source.missing(point)})"
        rows.append(
            [bucket_words(str(point["bucket"]), grain) + (" (partial)" if point.get("partial") else ""), value, source.base(point, at)]
        )
    note = "" if len(shown) == len(points) else "\n\nEarlier buckets stand in the chart and in the evidence."
    return table([GRAINS.get(grain, "From"), source.title, "n"], rows) + note


def higher_is_better(metric: str) -> bool | None:
    """Direction of a metric; None where neither is better."""
    known = CATALOGUE.get(metric)
    return None if known is None else known.higher_is_better


def ordered(groups: Sequence[Mapping[str, Any]], *, descending: bool) -> list[Mapping[str, Any]]:
    """Groups with a value in order, then what is left of the others together, then those without a value."""
    valued = [g for g in groups if isinstance(g.get("value"), int | float)]
    own = [g for g in valued if OTHER not in g["dimensions"].values()]
    rest = [g for g in valued if OTHER in g["dimensions"].values()]
    return sorted(own, key=lambda g: g["value"], reverse=descending) + rest + [g for g in groups if g not in valued]


def group_table(source: Source, plan: Plan) -> str:
    """Members side by side, sorted by the one metric, each with its n."""
    groups = ordered(source.document["groups"], descending=plan.descending)
    shown = groups[: plan.top or MOST_ROWS]
    compared = any(g.get("compare") for g in shown)
    header = [" · ".join(name.replace("_", " ") for name in shown[0]["dimensions"]), source.title, "n"] + (
        ["before", "change"] if compared else []
    )
    rows = [group_row(source, group, plan, compared=compared) for group in shown]
    note = "Sorted by this one figure; groups differ in work and size, so it is no ranking of merit." if plan.intent is Intent.RANK else ""
    return blocks(table(header, rows), note)


def group_row(source: Source, group: Mapping[str, Any], plan: Plan, *, compared: bool) -> list[str]:
    """One member: value or the reason why not, base, and what was before."""
    at = group["dimensions"]
    stat = plan.stat if plan.stat and (group.get("stats") or {}).get(plan.stat) is not None else None
    value = source.value(group, stat=stat, dimensions=at) if group.get("value") is not None else f"– ({source.missing(group)})"
    row = [member(group), value, source.base(group, at)]
    if compared:
        before = group.get("compare") or {}
        row += [source.value(before, dimensions=at) if before.get("value") is not None else "–", source.delta(group, at) or "–"]
    return row
