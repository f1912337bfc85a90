"""The tool `cancel_sync`."""

from fastmcp.tools.base import ToolResult

from servers.context import INSTALLATION, Pulse
from servers.declare import tool
from servers.kinds import STOPS
from servers.tools.sync_text import RUNS_SCHEMA, cancelled


@tool(STOPS, output=RUNS_SCHEMA)
async def cancel_sync(run: str, pause: bool = False, pulse: Pulse = INSTALLATION) -> ToolResult:
    """Stop a sync at the next page; what is stored stays.

    Args:
        pause: no scheduled syncs either, until start_sync.
    """
    return await cancelled(pulse, "github", run, pause=pause)
