"""The tool `data_freshness`."""

from typing import Any, Literal

from fastmcp.tools.base import ToolResult
from pydantic_core import to_jsonable_python

from servers.context import INSTALLATION, Pulse
from servers.declare import tool
from servers.kinds import READS
from servers.listing import minute
from servers.metrics.health import health, troubles
from servers.metrics.report import freshness

FINDINGS_SHOWN = 12

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"sources": {"type": "array", "items": {"type": "object"}}},
    "required": ["sources"],
}


@tool(READS, output=SCHEMA)
async def data_freshness(source: Literal["github", "jira"] | None = None, pulse: Pulse = INSTALLATION) -> ToolResult:
    """Show what span is synced, how old the data is and how far it can be trusted."""
    found = await freshness(pulse.db, pulse.settings, source)
    lines = [_line(part) for part in found["sources"]] or ["Nothing is synced yet; start_sync begins."]
    if found["sources"]:
        report = await health(pulse.db, pulse.settings, source)
        trouble = troubles(report)
        found["health"] = {"state": report["state"], "checks": len(report["findings"]), "findings": trouble[:FINDINGS_SHOWN]}
        lines += [f"{one['state']}: {one['says']}. {one['remedy'] or ''}".rstrip() for one in trouble[:FINDINGS_SHOWN]]
    return ToolResult(content="\n".join(lines), structured_content=to_jsonable_python(found))


def _line(part: dict[str, Any]) -> str:
    since = f" from {minute(part['synced_from'])}" if part["synced_from"] else ""
    lag = f", {part['lag_minutes']:g} min old" if part["lag_minutes"] is not None else ""
    trouble = f": {part['error']} {part['remedy'] or ''}" if part["error"] else ""
    return f"{part['source']}: synced{since} to {minute(part['synced_to']) or '–'}{lag}; last run {part['status']}{trouble}"
