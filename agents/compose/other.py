"""Answers that are not about one metric's value: definitions, lists, reports, freshness, signals."""

from collections.abc import Mapping, Sequence
from typing import Any

from agents.compose.metric import variant_range
from agents.compose.words import as_data, blocks, table, window_words
from agents.figures import Source, label
from agents.gathered import Gathered, Piece
from agents.plan import Intent
from servers.units import said

SHOWN_ROWS = 20


def definitions(g: Gathered) -> str:
    """What each metric is, quoted from the catalogue."""
    return blocks(*(definition(p.document) for p in g.of("definition")))


def definition(doc: Mapping[str, Any]) -> str:
    """One metric: question, definition, edges, what to beware of."""
    quoted = [str(doc.get("definition", ""))]
    quoted += [f"Unit: {doc['unit']}. {better_words(str(doc.get('better', 'context')))}"] if doc.get("unit") else []
    quoted += [f"Edges: {doc['edges']}"] if doc.get("edges") else []
    quoted += [f"Beware: {doc['beware']}"] if doc.get("beware") else []
    quoted += [f"Reference: {doc['reference']}"] if doc.get("reference") else []
    return f"**{doc.get('title', doc.get('id'))}** – {doc.get('question', '')}\n\n" + "\n>\n".join(
        "> " + " ".join(part.split()) for part in quoted
    )


def better_words(better: str) -> str:
    """The direction in words."""
    return {"higher": "Higher is better.", "lower": "Lower is better."}.get(better, "Context: neither direction is better.")


def metric_list(g: Gathered) -> str:
    """All metrics by family."""
    families: dict[str, list[str]] = {}
    for piece in g.of("meta"):
        for row in records(piece.document):
            families.setdefault(str(row.get("family", "other")), []).append(f"`{row.get('metric')}` {row.get('question', '')}".strip())
    lines = [f"**{label(family).capitalize()}**\n" + "\n".join(f"- {line}" for line in listed) for family, listed in families.items()]
    return blocks(
        "I answer questions about delivery from Jira and GitHub: values, trends, comparisons, breakdowns, lists, and what a figure means. The metrics:",
        *lines,
    )


def records(doc: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of a listing as dictionaries."""
    columns = doc.get("columns") or []
    return [dict(zip(columns, row, strict=False)) for row in doc.get("rows") or []]


def listing(g: Gathered) -> str:
    """Records in a table; their texts are data."""
    return blocks(*(one_list(g, piece) for piece in g.of("list", "trace")))


def one_list(g: Gathered, piece: Piece) -> str:
    """One listing: how many there are, and the first of them; of the numerator of a share, those alone."""
    source = g.source(piece)
    part = "counted_above" in str(piece.call.arguments.get("cell", ""))
    hidden = ("url", "counted_above") if part else ("url",)
    rows = (piece.document.get("rows") or [])[: g.plan.top or SHOWN_ROWS]
    columns = [c for c in piece.document.get("columns") or [] if c not in hidden]
    places = [i for i, c in enumerate(piece.document.get("columns") or []) if c not in hidden]
    what = (
        (piece.call.tool.split(".", 1)[1])
        .replace("search_", "")
        .replace("list_", "")
        .replace("_", " ")
        .replace("trace figure", "records behind the figure")
    )
    total = piece.document.get("total")
    figure = next((p.document for p in g.of("main")), None) if part else None
    if figure:
        what = f"of {figure.get('denominator', 'all')} records behind **{figure.get('title', 'the figure')}**, {window_words(figure.get('window'), g.plan)}"
    if not rows and figure:
        return f"**{figure.get('title')}**, {window_words(figure.get('window'), g.plan)}: no such record."
    if not rows:
        return f"There are no such {what}."
    head = f"{source.count(total, {}, None)} {what}" if total is not None else what.capitalize()
    more = f", the first {source.count(len(rows), {}, None)} shown" if total is not None and total > len(rows) else ""
    body = table(columns, [[cell(source, columns[k], row[i]) for k, i in enumerate(places)] for row in rows])
    note = source.quote(str(piece.document["note"])) if piece.document.get("note") and not part else ""
    return blocks(f"{head}{more}:", body, note)


def cell(source: Source, column: str, value: Any) -> str:
    """A cell: numbers are written down, texts are data."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        source.book.note(
            metric=column, stat="value", status="ok", value=value, unit="count", n=None, window={}, dimensions={}, evidence=source.evidence
        )
        return said(value, "count")
    return as_data(", ".join(map(str, value)) if isinstance(value, list) else str(value))


def report(g: Gathered) -> str:
    """The metrics of a report, a row each."""
    return blocks(*(one_report(g, piece) for piece in g.of("report")))


def one_report(g: Gathered, piece: Piece) -> str:
    """A table: metric, value, n, before, change, verdict; what is missing is said below."""
    docs = [d for d in piece.document.get("metrics") or [] if isinstance(d, Mapping)]
    rows, gaps = [], []
    for doc in docs:
        source = g.source(piece, doc)
        before = doc.get("compare") or {}
        known = doc.get("value") is not None
        least = "at least " if doc.get("lower_bound") else ""
        rows.append(
            [
                source.title,
                least + source.value(doc) if known else "–",
                source.base(doc),
                source.value(before) if before.get("value") is not None else "–",
                source.delta(doc) or "–",
                str(before.get("verdict", "–")) if before else "–",
                variant_range(source),
            ]
        )
        gaps += (
            []
            if known
            else [f"- {source.title}: {source.missing(doc)}.{' ' + source.quote(str(doc['message'])) if doc.get('message') else ''}"]
        )
    window = (docs[0].get("window") if docs else None) or piece.document.get("window")
    scope = ", ".join(f"{k} {v}" for k, v in piece.call.arguments.items() if k in ("team", "service"))
    return blocks(
        f"**{'DORA metrics' if g.plan.intent is not Intent.BRIEFING else 'Summary'}**{f' of {scope}' if scope else ''}, {window_words(window, g.plan)}:",
        table(["metric", "value", "n", "before", "change", "verdict", "other rules"], rows),
        "\n".join(gaps),
    )


def freshness(g: Gathered) -> str:
    """How far the data of each source reach."""
    blocks_ = []
    for piece in g.of("status"):
        source = g.source(piece)
        rows = []
        for entry in piece.document.get("sources") or []:
            lag = entry.get("lag_minutes")
            rows.append(
                [
                    str(entry.get("source")),
                    as_data(str(entry.get("synced_to") or "never"))[:30],
                    source.keep(lag / 60, "value", {}, {"source": entry.get("source")}, unit="hours")
                    if isinstance(lag, int | float)
                    else "–",
                    str(entry.get("status") or "–"),
                ]
            )
        blocks_.append(
            blocks(
                f"Data as of {str(piece.document.get('as_of'))[:16].replace('T', ' ')}.",
                table(["source", "synced to", "lag", "last run"], rows),
                *_health_lines(source, piece.document.get("health") or {}),
            )
        )
    return blocks(*blocks_) or "Nothing has been synced yet; run `pulse sync`."


def _health_lines(source: Source, health: Mapping[str, Any]) -> list[str]:
    """What keeps the data from being trusted, with what to do about it."""
    found = health.get("findings") or []
    if not found:
        return ["The data is well: linked, without gaps or odd values."] if health.get("state") == "ok" else []
    lines = [f"- {source.quote(str(one['says']))}. {source.quote(str(one['remedy'] or ''))}".rstrip() for one in found]
    return ["What to look at:", "\n".join(lines)]


def facts(g: Gathered, *roles: str) -> str:
    """The members of a result that has a shape of its own, one a line."""
    return blocks(*("\n".join(fact_lines(g.source(p), p.document)) for p in g.of(*roles)))


SKIPPED = frozenset(
    {
        "evidence",
        "sql",
        "plan",
        "as_of",
        "coverage",
        "definition_version",
        "links",
        "warnings",
        "series",
        "limits",
        "histogram",
        "columns",
        "group_by",
        "filters",
        "grain",
        "history",
    }
)


def fact_lines(source: Source, doc: Mapping[str, Any]) -> list[str]:
    """`- name: value` for what can be said in a line, tables for lists of records."""
    lines = []
    for name, value in doc.items():
        if name in SKIPPED or value in (None, [], {}):
            continue
        lines.append(fact_line(source, name, value))
    return [line for line in lines if line]


def fact_line(source: Source, name: str, value: Any) -> str:
    """One member in words."""
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        columns = [c for c in dict.fromkeys(c for row in value for c in row) if c not in ("url", "contributions")][:7]
        return "\n" + table(columns, [[cell(source, c, flat(row.get(c))) for c in columns] for row in value[:SHOWN_ROWS]]) + "\n"
    if isinstance(value, Mapping):
        return f"- {label(name)}: " + ", ".join(
            f"{label(str(k))} {cell(source, str(k), flat(v))}" for k, v in value.items() if v is not None
        )
    if isinstance(value, str) and name == "message":
        return source.quote(value)
    return f"- {label(name)}: {cell(source, name, flat(value))}"


def flat(value: Any) -> Any:
    """Nested values as text."""
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {v}" for k, v in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [str(v) for v in value]
    return value


def anomalies(g: Gathered) -> str:
    """Per metric: signals beyond the limits of the control chart, or that there are none."""
    return blocks(*(anomaly(g.source(p)) for p in g.of("anomaly")))


def anomaly(source: Source) -> str:
    """One control chart in words."""
    doc = source.document
    signals = doc.get("signals") or []
    if doc.get("status", "ok") != "ok":
        return f"**{source.title}**: no verdict, {source.missing(doc)}."
    edges = [
        source.keep(doc.get(name), stat, doc, {"limit": name})
        for name, stat in (("lower", "value"), ("upper", "value"), ("center", "mean"))
    ]
    limits = f"(usual range {edges[0]} to {edges[1]}, centre {edges[2]})"
    if not signals:
        return f"**{source.title}**: nothing beyond noise {limits}."
    return f"**{source.title}**: a signal, not just noise {limits}.\n" + "\n".join(signal(source, s) for s in signals)


RULES = {
    "outside_limits": "beyond the limits",
    "run_of_8": "end of a long run on one side of the centre",
    "three_of_four_near_limit": "one of several close to the same limit",
}


def signal(source: Source, found: Mapping[str, Any]) -> str:
    """One point that breaks a rule of the chart."""
    bucket = found.get("bucket", found.get("index"))
    rules = ", ".join(RULES.get(rule, label(rule)) for rule in found.get("rules", []))
    return f"- {bucket}: {source.keep(found.get('value'), 'value', found, {'bucket': bucket})}, {rules} ({found.get('effect', 'change')})"
