"""The tool `sprint_report`."""

from typing import Any

from fastmcp.tools.base import ToolResult

from servers.context import INSTALLATION, Pulse
from servers.declare import tool
from servers.envelope import ENVELOPE_SCHEMA
from servers.kinds import READS
from servers.listing import quoted
from servers.metrics import receipts
from servers.metrics.engine import measure
from servers.metrics.question import Question
from servers.units import plain, said

SHOWN = 40
"""Issues in the readable form; the structured result has more."""


@tool(READS, output=ENVELOPE_SCHEMA)
async def sprint_report(
    sprint: str | None = None,
    team: str | None = None,
    project: str | None = None,
    which: str = "last",
    pulse: Pulse = INSTALLATION,
) -> ToolResult:
    """What happened in a sprint: committed, completed, added, removed, carried over, with the issues.

    Args:
        sprint: its name.
        which: last, current, or -2 for the closed one before the last.
    """
    filters = {name: value for name, value in (("sprint", sprint), ("team", team), ("project", project)) if value is not None}
    found = await measure(pulse.db, pulse.settings, Question("sprint_report", filters=filters, params={"which": which}))
    document = found.document()
    document["evidence"] = await receipts.keep(
        pulse.db, pulse.settings, tool="jira.sprint_report", arguments=filters | {"which": which}, result=document
    )
    return ToolResult(content=_text(document), structured_content=document)


def _text(document: dict[str, Any]) -> str:
    if document["status"] != "ok":
        return f"No sprint report: {document['status']}. {document.get('message') or ''}\nevidence {document['evidence']}"
    window, unit = document["window"], document["unit"]
    lines = [
        f"{document['sprint']}, {document['state']}, team {document.get('team') or '–'}, {window['from'][:10]}..{window['to'][:10]} {window['tz']}"
    ]
    amounts = ("committed", "completed", "added", "removed", "spilled", "reestimated")
    lines.append(", ".join(f"{name} {plain(document[name])}" for name in amounts) + f" {unit}")
    shares = ("say_do", "completion_ratio", "scope_change", "spillover")
    lines.append(", ".join(f"{name.replace('_', ' ')} {said(document.get(name), 'ratio')}" for name in shares))
    issues = document.get("issues") or []
    lines += ["issue|sets|points|carried|title", *(_line(issue) for issue in issues[:SHOWN])] if issues else []
    lines += [f"{len(issues) - SHOWN} more in the structured result"] if len(issues) > SHOWN else []
    return "\n".join([*lines, *(f"! {warning}" for warning in document["warnings"]), f"evidence {document['evidence']}"])


def _line(issue: dict[str, Any]) -> str:
    points = plain(issue["points"]) if issue["points"] is not None else "-"
    return f"{issue['issue']}|{' '.join(issue['sets'])}|{points}|{issue['carried']}|{quoted(issue['title'], 48)}"
