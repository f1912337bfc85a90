"""The tool `render_chart`."""

import base64
from typing import Any, Literal

from fastmcp.exceptions import ToolError
from fastmcp.tools.base import ToolResult
from mcp.types import ImageContent, TextContent

from servers.charts.catalogue import chart_for, reading_for
from servers.charts.render import png, svg
from servers.context import INSTALLATION, Pulse
from servers.declare import tool
from servers.kinds import READS
from servers.metrics import receipts
from servers.metrics.drawn import with_detail

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "evidence": {"type": "string"}, "spec": {"type": "object"}, "svg": {"type": "string"}},
    "required": ["title", "evidence"],
}


@tool(READS, output=SCHEMA)
async def render_chart(
    evidence: str,
    format: Literal["spec", "png", "svg"] = "png",  # noqa: A002  (the argument's public name)
    theme: Literal["light", "dark"] = "light",
    kind: str | None = None,
    pulse: Pulse = INSTALLATION,
) -> ToolResult:
    """Draw the result behind an evidence id.

    Args:
        kind: scatter, histogram, line…; default: what suits.
    """
    result = (await receipts.replay(pulse.db, evidence))["result"]
    spec = chart_for(await with_detail(pulse.db, pulse.settings, result, reading_for(result, kind)), kind=kind, theme=theme)
    if spec is None:
        raise ToolError("This result has no value to draw; its status says why.")
    drawn: dict[str, Any] = {"title": _title(spec), "evidence": evidence}
    if format == "png":
        image = ImageContent(type="image", data=base64.b64encode(await png(spec)).decode(), mime_type="image/png")
        return ToolResult(content=[TextContent(type="text", text=drawn["title"]), image], structured_content=drawn)
    drawn |= {"spec": spec} if format == "spec" else {"svg": await svg(spec)}
    return ToolResult(content=drawn["title"], structured_content=drawn)


def _title(spec: dict[str, Any]) -> str:
    title = spec.get("title", "")
    return str(title["text"]) if isinstance(title, dict) else str(title)
