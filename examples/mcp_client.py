"""Use Pulse as any agent does: connect over MCP, find a metric, ask for it.

python examples/mcp_client.py http://127.0.0.1:8000/mcp change_lead_time last_quarter
"""

import asyncio
import sys
from typing import Any

from fastmcp import Client


async def measure(url: str, metric: str, period: str) -> dict[str, Any]:
    """The result envelope of one metric: value, unit, window, n and evidence."""
    async with Client(url) as client:
        result = await client.call_tool("metrics_query_metric", {"metric": metric, "period": period})
        return dict(result.structured_content or {})


if __name__ == "__main__":
    found = asyncio.run(measure(*sys.argv[1:4]))
    print(found["metric"], found["value"], found["unit"], f"n={found['n']}", f"evidence={found['evidence']}")
