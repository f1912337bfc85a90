"""The tool `epic_progress`."""

from typing import Any

from fastmcp.tools.base import ToolResult

from servers.context import INSTALLATION, Pulse
from servers.declare import tool
from servers.envelope import ENVELOPE_SCHEMA
from servers.kinds import READS
from servers.listing import quoted
from servers.metrics import receipts
from servers.metrics.epic_list import epic_progress as progress_of
from servers.units import percent, plain
from servers.wording import headline


@tool(READS, output=ENVELOPE_SCHEMA)
async def epic_progress(
    epic: str | None = None, project: str | None = None, team: str | None = None, pulse: Pulse = INSTALLATION
) -> ToolResult:
    """How far open epics are, furthest from done first: done, total, remaining, scope growth, forecast."""
    filters = {name: value for name, value in (("epic", epic), ("project", project), ("team", team)) if value is not None}
    document = await progress_of(pulse.db, pulse.settings, filters)
    document["evidence"] = await receipts.keep(pulse.db, pulse.settings, tool="jira.epic_progress", arguments=filters, result=document)
    return ToolResult(content=_text(document), structured_content=document)


def _text(document: dict[str, Any]) -> str:
    lines = [headline(document), *(_line(epic) for epic in document["epics"])]
    return "\n".join([*lines, *(f"! {warning}" for warning in document["warnings"]), f"evidence {document['evidence']}"])


def _line(epic: dict[str, Any]) -> str:
    if epic["progress"] is None:
        return f"{epic['epic']} {quoted(epic['title'], 40)}: no items"
    done = f"{epic['progress']:.0%} ({plain(epic['done'])}/{plain(epic['total'])} {epic['unit']}), {epic['remaining_items']} items left"
    growth = f", scope {percent(epic['scope_growth'])}" if epic["scope_growth"] is not None else ""
    dates = f", p85 {epic['p85']}" if epic.get("p85") else ""
    target = f", target {epic['target']} {(epic.get('health') or '').replace('_', ' ')}".rstrip() if epic.get("target") else ""
    return f"{epic['epic']} {quoted(epic['title'], 40)}: {done}{growth}{dates}{target}"
