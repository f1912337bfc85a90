"""The tool `start_sync`."""

from fastmcp.tools.base import ToolResult

from servers.context import INSTALLATION, Pulse
from servers.declare import tool
from servers.kinds import STARTS
from servers.tools.sync_text import RUNS_SCHEMA, reading_of, started


@tool(STARTS, output=RUNS_SCHEMA)
async def start_sync(
    full: bool = False,
    since: str | None = None,
    reconcile: bool = False,
    projects: list[str] | None = None,
    pulse: Pulse = INSTALLATION,
) -> ToolResult:
    """Start reading what is new; sync_status follows it.

    Args:
        full: read all again.
        since: ISO date.
        reconcile: compare all by ids, mend what differs.
        projects: only these.
    """
    return await started(pulse, "jira", reading_of(full=full, since=since, reconcile=reconcile), projects or [])
