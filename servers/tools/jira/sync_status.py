"""The tool `sync_status`."""

from fastmcp.tools.base import ToolResult

from servers.context import INSTALLATION, Pulse
from servers.declare import tool
from servers.kinds import READS
from servers.records import runs
from servers.tools.sync_text import RUNS_SCHEMA, runs_result


@tool(READS, output=RUNS_SCHEMA)
async def sync_status(run: str | None = None, pulse: Pulse = INSTALLATION) -> ToolResult:
    """Show the latest syncs, or one run."""
    async with pulse.db.connect() as connection:
        await runs.must_be_known(connection, run)
        found = await runs.runs(connection, run=run, source=None if run else "jira", limit=3)
    return runs_result(found)
