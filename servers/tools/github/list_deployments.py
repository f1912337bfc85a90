"""The tool `list_deployments`."""

from fastmcp.tools.base import ToolResult

from servers.context import INSTALLATION, Pulse
from servers.declare import tool
from servers.kinds import READS
from servers.listing import LISTING_SCHEMA, as_result
from servers.metrics.periods import resolve_period
from servers.records import deployments
from servers.records.deployments import DeploymentFilter, Status
from store.clock import now


@tool(READS, output=LISTING_SCHEMA)
async def list_deployments(
    service: str | None = None,
    repo: str | None = None,
    period: str | None = None,
    status: Status = "all",
    cursor: str | None = None,
    pulse: Pulse = INSTALLATION,
) -> ToolResult:
    """List production deployments, newest first.

    Args:
        period: e.g. last_30_days, 2026-Q3.
        status: failed = needed repair.
    """
    at = now(pulse.settings)
    calendar = pulse.settings.pulse.org
    window = (
        resolve_period(period, now=at, tz=pulse.settings.timezone, fiscal_year_start_month=calendar.fiscal_year_start_month).window
        if period
        else None
    )
    async with pulse.db.connect() as connection:
        listing = await deployments.search(connection, DeploymentFilter(service, repo, window, status), now=at, cursor=cursor)
    return as_result(listing, f"{listing.total} production deployments")
