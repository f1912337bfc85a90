"""Chooses the template of a plan and puts the answer together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agents.compose import other
from agents.compose.bound import verdict
from agents.compose.inside import inside_block
from agents.compose.metric import metric_block
from agents.compose.outlook import outlook
from agents.compose.sprints import epic_lists, sprint_reports
from agents.compose.why import reasons
from agents.compose.words import blocks
from agents.figures import label
from agents.gathered import Gathered, Piece
from agents.plan import Intent, Plan, Status

FAILED = frozenset({"no_coverage", "not_configured"})
NO_DATA_REMEDY = "Run `pulse sync` to load the data, or ask about a window that is covered."


@dataclass
class Draft:
    """An answer before it is verified."""

    text: str
    status: Status
    warnings: list[str] = field(default_factory=list)
    follow_ups: list[str] = field(default_factory=list)


def compose(g: Gathered, question: str = "") -> Draft:
    """The answer to a gathered plan, in words whose numbers are all written down; a question with a bound begins with yes or no."""
    status = status_of(g)
    body = (TOOLS.get(g.plan.tool or "") or TEMPLATES.get(g.plan.intent, measured))(g)
    said = warnings_of(g)
    notes = "\n".join(f"*{note}*" for note in g.plan.notes)
    hints = "\n".join(f"- {g.source(g.pieces[0]).quote(w)}" for w in said) if g.pieces else ""
    text = blocks(yes_or_no(g, question), notes, body or failure(g), f"Please note:\n{hints}" if hints else "", remedy(g, status))
    return Draft(text, status, said, follow_ups(g.plan))


def yes_or_no(g: Gathered, question: str) -> str:
    """Whether the one figure of the answer keeps the bound that the question names."""
    main = g.of("main", "series")
    return verdict(g.source(main[0]), g.plan, question) if len({piece.document.get("metric") for piece in main}) == 1 else ""


def remedy(g: Gathered, status: Status) -> str:
    """What to do where there are no data; a missing configuration comes with a remedy of its own."""
    told = any(piece.document.get("status") == "not_configured" and piece.document.get("message") for piece in g.pieces if piece.ok)
    return NO_DATA_REMEDY if status == "no_data" and not told else ""


def status_of(g: Gathered) -> Status:
    """ok when anything was found; no_data when every figure lacks coverage or configuration; unsupported when no tool could answer."""
    documents = [doc for piece in g.pieces if piece.ok for doc in (inner(piece) or [piece.document])]
    if documents:
        return "no_data" if all(doc.get("status") in FAILED for doc in documents) else "ok"
    if any("known:" in error for error in g.errors):
        return "clarify"
    return "no_data" if any("has not begun" in error or "sync" in error for error in g.errors) else "unsupported"


def inner(piece: Piece) -> list[Mapping[str, Any]]:
    """The metrics inside a report."""
    metrics = piece.document.get("metrics")
    return [doc for doc in metrics if isinstance(doc, Mapping)] if isinstance(metrics, list) else []


def failure(g: Gathered) -> str:
    """Why there is no answer, in the words of the tools."""
    unknown = [str(p.call.arguments.get("metric")) for p in g.pieces if "There is no metric" in (p.outcome.error or "")]
    if unknown:
        return f"This installation cannot measure {', '.join(label(name) for name in unknown)} yet. “Which metrics do you know?” lists what it can."
    source = g.source(g.pieces[0]) if g.pieces else None
    return " ".join(source.quote(error) if source else error for error in g.errors) or "There is nothing to show for this question."


def warnings_of(g: Gathered) -> list[str]:
    """Every warning of every result, without its code, each once; and calls that failed beside others that did not."""
    found: list[str] = []
    for piece in g.pieces:
        for doc in [piece.document, *inner(piece)]:
            found += [sentence(str(w)) for w in doc.get("warnings") or []]
    failed = [short_error(e) for e in g.errors] if any(p.ok for p in g.pieces) else []
    return list(dict.fromkeys(found + failed))


def short_error(error: str) -> str:
    """A complaint of a tool without its long list of what else there is."""
    return error.split("; the metrics are", 1)[0].split("; known:", 1)[0]


def sentence(warning: str) -> str:
    """`data_until: the data reach …` without its code."""
    code, colon, words = warning.partition(": ")
    return words[:1].upper() + words[1:] if colon and " " not in code else warning


def measured(g: Gathered) -> str:
    """Metrics one after the other; who moved within the window after the course of the whole."""
    main = [metric_block(g.source(p), plan_for(g.plan, p.document), short=len(g.of("main", "series")) > 4) for p in g.of("main", "series")]
    return blocks(*main, *(inside_block(g.source(p)) for p in g.of("parts")))


def plan_for(plan: Plan, document: Mapping[str, Any]) -> Plan:
    """The plan, with the statistic only where the metric has it."""
    has = plan.stat is None or (document.get("stats") or {}).get(plan.stat) is not None
    return plan if has else plan.model_copy(update={"stat": None})


def explain(g: Gathered) -> str:
    """The figure, then the records behind it."""
    return blocks(measured(g), other.listing(g))


def listed(g: Gathered) -> str:
    """Records in a table, or the report of a sprint or of epics member by member."""
    rows = [p for p in g.of("list") if "rows" in p.document]
    return other.listing(g) if rows or not g.of("list") else other.facts(g, "list")


TEMPLATES: dict[Intent, Callable[[Gathered], str]] = {
    Intent.DEFINITION: other.definitions,
    Intent.META: other.metric_list,
    Intent.STATUS: other.freshness,
    Intent.LIST: listed,
    Intent.DASHBOARD: other.report,
    Intent.BRIEFING: other.report,
    Intent.FORECAST: lambda g: blocks(outlook(g), measured(g)),
    Intent.RISK: outlook,
    Intent.ANOMALY: other.anomalies,
    Intent.WHY: lambda g: reasons(g) if g.of("why") else measured(g),
    Intent.EXPLAIN: explain,
}


LOOKS_AHEAD = frozenset({Intent.FORECAST, Intent.RISK})
"""Answers about what comes: they have no course over months and nothing before to compare with."""

TOOLS: dict[str, Callable[[Gathered], str]] = {"jira.sprint_report": sprint_reports, "jira.epic_progress": epic_lists}
"""Tools whose results have a form of their own, whatever they were asked for."""


def follow_ups(plan: Plan) -> list[str]:
    """Questions that lead on from this one and can be answered."""
    if plan.intent in (Intent.DEFINITION, Intent.META, Intent.STATUS):
        metric = plan.metrics[0].replace("_", " ") if plan.metrics else "change lead time"
        return [
            f"What was our {metric} last quarter?",
            f"{metric.capitalize()} by team last quarter",
            "Show me the DORA dashboard for last quarter",
        ]
    if plan.intent in LOOKS_AHEAD:
        of = next((f" of {value}" for name in ("team", "project") if isinstance(value := plan.filters.get(name), str)), "")
        return [f"Throughput{of} by week over the last 90 days", f"Work item age{of}", "Which epics are at risk?"]
    if not plan.metrics:
        return ["Which metrics do you know?", "Show me the DORA dashboard for last quarter"]
    first = plan.metrics[0].replace("_", " ")
    made = [] if plan.intent is Intent.TREND else ["Show that per month"]
    made += [] if plan.group_by else ["Split that by team"]
    made += [] if plan.compare else ["How does that compare with the quarter before?"]
    return [*made, f"What does {first} mean?"][:4]
