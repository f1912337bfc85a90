"""The tool `get_issue`."""

from typing import Any

from fastmcp.exceptions import ToolError
from fastmcp.tools.base import ToolResult

from servers.context import INSTALLATION, Pulse
from servers.declare import tool
from servers.kinds import READS
from servers.listing import as_fields
from servers.records import issues

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"issue": {"type": "string"}, "history": {"type": "array"}},
    "required": ["issue"],
    "additionalProperties": True,
}


@tool(READS, output=SCHEMA)
async def get_issue(key: str, pulse: Pulse = INSTALLATION) -> ToolResult:
    """Show one issue with its status history and pull requests."""
    async with pulse.db.connect() as connection:
        found = await issues.detail(connection, key)
    if found is None:
        raise ToolError(f"{key[:40]} is not stored. search_issues lists what is; start_sync reads what is new.")
    return as_fields(found)
