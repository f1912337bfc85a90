"""The tool `plan_sync`."""

from fastmcp.tools.base import ToolResult

from servers.context import INSTALLATION, Pulse
from servers.declare import tool
from servers.kinds import READS
from servers.listing import LISTING_SCHEMA
from servers.tools.sync_text import planned, reading_of


@tool(READS, output=LISTING_SCHEMA)
async def plan_sync(
    full: bool = False,
    since: str | None = None,
    reconcile: bool = False,
    repos: list[str] | None = None,
    pulse: Pulse = INSTALLATION,
) -> ToolResult:
    """Estimate what start_sync would read and cost."""
    return await planned(pulse, "github", reading_of(full=full, since=since, reconcile=reconcile), repos or [])
