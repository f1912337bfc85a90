"""The tool `search_pull_requests`."""

from fastmcp.tools.base import ToolResult

from servers.context import INSTALLATION, Pulse
from servers.declare import tool
from servers.kinds import READS
from servers.listing import LISTING_SCHEMA, as_result
from servers.records import pull_requests
from servers.records.pull_requests import PullRequestFilter, State
from store.clock import now


@tool(READS, output=LISTING_SCHEMA)
async def search_pull_requests(
    query: str | None = None,
    team: str | None = None,
    repo: str | None = None,
    state: State = "open",
    older_than_days: float | None = None,
    cursor: str | None = None,
    pulse: Pulse = INSTALLATION,
) -> ToolResult:
    """List pull requests, newest first (oldest first with older_than_days), with age or cycle time and size.

    Args:
        query: text in the title.
    """
    wanted = PullRequestFilter(query, team, repo, state, older_than_days)
    async with pulse.db.connect() as connection:
        listing = await pull_requests.search(connection, wanted, now=now(pulse.settings), cursor=cursor)
    return as_result(listing, f"{listing.total} pull requests")
