"""The tool `dora_report`."""

from fastmcp.tools.base import ToolResult

from servers.context import INSTALLATION, Pulse
from servers.declare import tool
from servers.kinds import READS
from servers.metrics import report
from servers.tools.kept_report import REPORT_SCHEMA, as_kept_report


@tool(READS, output=REPORT_SCHEMA)
async def dora_report(
    period: str | None = None,
    team: str | None = None,
    service: str | None = None,
    compare: str = "previous",
    pulse: Pulse = INSTALLATION,
) -> ToolResult:
    """Compute the five DORA metrics, each against the period before."""
    found = await report.dora_report(pulse.db, pulse.settings, period=period, team=team, service=service, compare=compare)
    asked = {"period": period, "team": team, "service": service, "compare": compare}
    return await as_kept_report(pulse, "dora_report", found, asked)
