"""The tool `explain_change`."""

from typing import Any

from fastmcp.tools.base import ToolResult

from servers.context import INSTALLATION, Pulse
from servers.declare import tool
from servers.envelope import ENVELOPE_SCHEMA
from servers.kinds import READS
from servers.metrics import explain, receipts
from servers.metrics.question import Question
from servers.wording import explained_text

SCHEMA: dict[str, Any] = ENVELOPE_SCHEMA | {
    "properties": ENVELOPE_SCHEMA["properties"]
    | {
        "delta": {"type": ["number", "null"]},
        "by": {"type": ["string", "null"]},
        "parts": {"type": "array", "items": {"type": "object"}},
        "stages": {"type": "array", "items": {"type": "object"}},
    },
    "required": [*ENVELOPE_SCHEMA["required"], "delta", "parts"],
}


@tool(READS, output=SCHEMA)
async def explain_change(
    metric: str,
    period: str,
    compare: str = "previous",
    filters: dict[str, str | list[str]] | None = None,
    pulse: Pulse = INSTALLATION,
) -> ToolResult:
    """Divide a metric's change into mix, size, team and stage parts that add up."""
    question = Question(metric, period, compare=compare, filters=filters or {})
    document = await explain.explain_change(pulse.db, pulse.settings, question)
    arguments = {"metric": metric, "period": period, "compare": compare} | ({"filters": filters} if filters else {})
    document["evidence"] = await receipts.keep(
        pulse.db, pulse.settings, tool="metrics.explain_change", arguments=arguments, result=document
    )
    return ToolResult(content=explained_text(document), structured_content=document)
