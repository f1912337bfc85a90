"""The tool `forecast`."""

from datetime import date
from typing import Any, Literal

from fastmcp.exceptions import ToolError
from fastmcp.tools.base import ToolResult

from servers.context import INSTALLATION, Pulse
from servers.declare import tool
from servers.kinds import READS
from servers.metrics import outlook, receipts

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"status": {"type": "string"}, "value": {"type": ["object", "null"]}, "evidence": {"type": "string"}},
    "required": ["status", "value"],
}


@tool(READS, output=SCHEMA)
async def forecast(
    kind: Literal["when", "how_many"],
    epic: str | None = None,
    sprint: str | None = None,
    team: str | None = None,
    project: str | None = None,
    remaining: int | None = None,
    by: str | None = None,
    target: str | None = None,
    pulse: Pulse = INSTALLATION,
) -> ToolResult:
    """Forecast by Monte Carlo: when items are done, or how many by a date.

    Args:
        sprint: current.
        by: date, for how_many.
        target: date to be judged.
    """
    asked = {
        "kind": kind,
        "epic": epic,
        "sprint": sprint,
        "team": team,
        "project": project,
        "remaining": remaining,
        "by": by,
        "target": target,
    }
    arguments = {name: value for name, value in asked.items() if value is not None}
    async with pulse.db.connect() as connection:
        scope = await outlook.scope_of(connection, team=team, project=project, epic=epic, sprint=sprint)
    named = epic or project or team or ""
    if kind == "how_many":
        document = await outlook.how_many(pulse.db, pulse.settings, scope=scope, by=_day(by, "by"), named=named)
    else:
        day = _day(target, "target") if target else None
        document = await outlook.when(pulse.db, pulse.settings, scope=scope, remaining=remaining, target=day, named=named)
    document["evidence"] = await receipts.keep(pulse.db, pulse.settings, tool="metrics.forecast", arguments=arguments, result=document)
    return ToolResult(content=_text(document), structured_content=document)


def _day(given: str | None, name: str) -> date:
    try:
        return date.fromisoformat(given or "")
    except ValueError as error:
        raise ToolError(f"{name} must be a date such as 2026-12-31.") from error


def _text(document: dict[str, Any]) -> str:
    if document["status"] != "ok" and document.get("message"):
        return f"{document['title']} No forecast. {document['message']}\nevidence {document['evidence']}"
    if document["status"] != "ok":
        needs = document["needs"]
        return (
            f"{document['title']} No forecast: {document['days']} days of history with {document['finished']} finished items; "
            f"{needs['days']} days and {needs['finished']} items are needed."
        )
    levels = ", ".join(
        f"{level[1:]} % {'by' if document['metric'] == 'forecast_when' else 'at least'} {value}"
        for level, value in document["value"].items()
    )
    target = f" Target {document['target']}: {document['probability_on_time']:.0%}, {document['health']}." if document.get("target") else ""
    basis = f"Basis: {document.get('basis')}, {document.get('finished', 0)} items in {document.get('history_days', 0)} days."
    warnings = (f"! {warning}" for warning in document["warnings"])
    return "\n".join([f"{document['title']} {levels}.{target}", basis, *_held(document), *warnings, f"evidence {document['evidence']}"])


def _held(document: dict[str, Any]) -> list[str]:
    """How past forecasts at 85 % did."""
    found = document.get("calibration") or {}
    if found.get("rate") is None:
        return []
    return [f"Past forecasts at 85 %: {found['held']} of {found['of']} held ({found['rate']:.0%})."]
