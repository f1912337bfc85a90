"""The tool `list_repositories`."""

from fastmcp.tools.base import ToolResult

from servers.context import INSTALLATION, Pulse
from servers.declare import tool
from servers.kinds import READS
from servers.listing import LISTING_SCHEMA, as_result
from servers.records import repositories


@tool(READS, output=LISTING_SCHEMA)
async def list_repositories(search: str | None = None, cursor: str | None = None, pulse: Pulse = INSTALLATION) -> ToolResult:
    """List synced GitHub repositories.

    Args:
        search: part of the name.
    """
    async with pulse.db.connect() as connection:
        listing = await repositories.search(connection, search, cursor)
    return as_result(listing, f"{listing.total} repositories")
