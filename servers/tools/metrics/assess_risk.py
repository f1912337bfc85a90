"""The tool `assess_risk`."""

from typing import Any, Literal

from fastmcp.tools.base import ToolResult

from servers.context import INSTALLATION, Pulse
from servers.declare import tool
from servers.envelope import ENVELOPE_SCHEMA
from servers.kinds import READS
from servers.listing import quoted
from servers.metrics import receipts
from servers.metrics.engine import measure
from servers.metrics.question import Question

SHOWN = 12
REASONS = 3
"""The heaviest contributions that the short text names."""


@tool(READS, output=ENVELOPE_SCHEMA)
async def assess_risk(
    kind: Literal["sprint", "pr", "epic"],
    team: str | None = None,
    project: str | None = None,
    repo: str | None = None,
    pulse: Pulse = INSTALLATION,
) -> ToolResult:
    """What is at risk now, with the reasons: running sprints, open pull requests, open epics."""
    filters = {name: value for name, value in (("team", team), ("project", project), ("repo", repo)) if value is not None}
    document = (await measure(pulse.db, pulse.settings, Question(f"{kind}_risk", filters=filters))).document()
    document["kind"] = kind
    document["evidence"] = await receipts.keep(
        pulse.db, pulse.settings, tool="metrics.assess_risk", arguments={"kind": kind, **filters}, result=document
    )
    return ToolResult(content=_text(document), structured_content=document)


def _text(document: dict[str, Any]) -> str:
    items = document.get("items") or []
    head = f"{document['title']} as of {document['as_of'][:16]}: "
    if document["status"] != "ok":
        return f"{head}no verdict, {document['status']}. {document.get('message') or ''}\nevidence {document['evidence']}"
    counts = document.get("levels") or document.get("health") or {}
    head += f"{document['n']} assessed, " + ", ".join(f"{count} {level.replace('_', ' ')}" for level, count in counts.items())
    lines = [_line(item) for item in items[:SHOWN]]
    more = [f"{len(items) - SHOWN} more in the structured result"] if len(items) > SHOWN else []
    return "\n".join([head, *lines, *more, *(f"! {warning}" for warning in document["warnings"]), f"evidence {document['evidence']}"])


def _line(item: dict[str, Any]) -> str:
    if "health" in item:
        why = "; ".join(part["why"] for part in item["reasons"])
        chance = f", {item['probability_on_time']:.0%} on time" if item.get("probability_on_time") is not None else ""
        return f"{item['record']} {quoted(item['title'], 40)}: {item['health']}{chance}, {item['remaining']} left, target {item['target'] or '–'}; {why}"
    why = ", ".join(f"{part['why']} +{part['points']:.0f}" for part in (item.get("contributions") or [])[:REASONS])
    return f"{item['record']} {quoted(item.get('title'), 40)}: {item['value']:.0f} {item['level']} ({why})"
