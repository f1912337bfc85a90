"""What the reports over several metrics share: their schema, and the receipt they are kept under."""

from typing import Any

from fastmcp.tools.base import ToolResult

from servers.context import Pulse
from servers.metrics import receipts
from servers.wording import report_text

REPORT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"metrics": {"type": "array", "items": {"type": "object"}}, "evidence": {"type": "string"}},
    "required": ["metrics"],
}


async def as_kept_report(pulse: Pulse, tool: str, found: dict[str, Any], asked: dict[str, Any]) -> ToolResult:
    """A report with its receipt; `asked` are the arguments of the tool, those that are None count as left out."""
    arguments = {name: value for name, value in asked.items() if value is not None}
    found["evidence"] = await receipts.keep(pulse.db, pulse.settings, tool=f"metrics.{tool}", arguments=arguments, result=found)
    return ToolResult(content=report_text(found), structured_content=found)
