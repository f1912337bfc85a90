"""The tool `search_issues`."""

from fastmcp.tools.base import ToolResult

from servers.context import INSTALLATION, Pulse
from servers.declare import tool
from servers.kinds import READS
from servers.listing import LISTING_SCHEMA, as_result
from servers.records import issues
from servers.records.issues import IssueFilter, State
from store.clock import now


@tool(READS, output=LISTING_SCHEMA)
async def search_issues(
    query: str | None = None,
    team: str | None = None,
    project: str | None = None,
    state: State = "open",
    older_than_days: float | None = None,
    cursor: str | None = None,
    pulse: Pulse = INSTALLATION,
) -> ToolResult:
    """List issues, newest first (oldest first with older_than_days), with age and cycle time in days.

    Args:
        query: words in key, title, type, priority or label, e.g. "bug high".
    """
    wanted = IssueFilter(query, team, project, state, older_than_days)
    async with pulse.db.connect() as connection:
        listing = await issues.search(connection, wanted, now=now(pulse.settings), cursor=cursor)
    return as_result(listing, f"{listing.total} issues")
