"""The tool `list_projects`."""

from fastmcp.tools.base import ToolResult

from servers.context import INSTALLATION, Pulse
from servers.declare import tool
from servers.kinds import READS
from servers.listing import LISTING_SCHEMA, as_result
from servers.records import projects


@tool(READS, output=LISTING_SCHEMA)
async def list_projects(search: str | None = None, cursor: str | None = None, pulse: Pulse = INSTALLATION) -> ToolResult:
    """List synced Jira projects.

    Args:
        search: part of key or name.
    """
    async with pulse.db.connect() as connection:
        listing = await projects.search(connection, search, cursor)
    return as_result(listing, f"{listing.total} projects")
