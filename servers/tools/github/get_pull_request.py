"""The tool `get_pull_request`."""

from typing import Any

from fastmcp.exceptions import ToolError
from fastmcp.tools.base import ToolResult

from servers.context import INSTALLATION, Pulse
from servers.declare import tool
from servers.kinds import READS
from servers.listing import as_fields
from servers.records import pull_requests

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"pr": {"type": "string"}, "hours": {"type": "object"}},
    "required": ["pr"],
    "additionalProperties": True,
}


@tool(READS, output=SCHEMA)
async def get_pull_request(repo: str, number: int, pulse: Pulse = INSTALLATION) -> ToolResult:
    """Show one pull request with its instants and phases in hours."""
    async with pulse.db.connect() as connection:
        found = await pull_requests.detail(connection, repo, number)
    if found is None:
        raise ToolError(f"{repo}#{number} is not stored. search_pull_requests lists what is; start_sync reads what is new.")
    return as_fields(found)
