"""The tool `trace_figure`."""

from typing import Any

from fastmcp.tools.base import ToolResult

from servers.context import INSTALLATION, Pulse
from servers.declare import tool
from servers.kinds import READS
from servers.listing import LISTING_SCHEMA, Listing, as_result
from servers.metrics.trace import trace


@tool(READS, output=LISTING_SCHEMA)
async def trace_figure(evidence: str, cell: str | None = None, cursor: str | None = None, pulse: Pulse = INSTALLATION) -> ToolResult:
    """List the records behind a figure, with links.

    Args:
        evidence: id from a result.
        cell: team=payments, bucket=2026-09-01, counted_above=yes (in the numerator), joined by &.
    """
    found: dict[str, Any] = await trace(pulse.db, pulse.settings, evidence, cell, cursor)
    listing = Listing.model_validate({name: found.get(name) for name in Listing.model_fields if found.get(name) is not None})
    return as_result(listing, f"{listing.total} records behind {evidence}{f' [{cell}]' if cell else ''}")
