"""Read-only access to MCP tools, in one process or over HTTP; the only way agents reach data."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastmcp import Client
from fastmcp.exceptions import FastMCPError
from mcp import MCPError

from agents.names import Names

NAMES_URI = "pulse://names"
NAMES_LIVE_S = 60.0
CALL_TIMEOUT_S = 25.0
"""Longest wait for one tool; an answer that needs more is not worth waiting for."""
READABLE = frozenset(
    """metrics.list_metrics metrics.describe_metric metrics.query_metric metrics.dora_report metrics.executive_report metrics.find_anomalies
    metrics.forecast metrics.assess_risk metrics.explain_change metrics.trace_figure metrics.render_chart metrics.data_freshness
    github.list_repositories github.search_pull_requests github.get_pull_request github.list_deployments github.sync_status
    jira.list_projects jira.search_issues jira.get_issue jira.sprint_report jira.epic_progress jira.sync_status""".split()  # noqa: SIM905
)
"""Tools an answer may use. Tools that change something are not among them, whatever a server offers."""


@dataclass(frozen=True)
class Outcome:
    """What a tool gave back: its structured result, or the reason why there is none."""

    result: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    """The readable form that the tool gives beside it."""
    error: str | None = None


class Toolbox:
    """Calls read tools by their contract names, such as `metrics.query_metric`, on a server that carries all of them."""

    def __init__(self, client: "Client[Any]") -> None:
        """`client` is an entered fastmcp client of the combined server."""
        self._client = client
        self._offered: frozenset[str] | None = None
        self._names = Names()
        self._names_at_s = float("-inf")

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> Outcome:
        """The structured result of a read tool; errors come back as data, so that other calls go on."""
        if tool not in READABLE:
            return Outcome(error=f"{tool} is not a tool that answers may use.")
        name = tool.replace(".", "_", 1)
        if name not in await self._tools():
            return Outcome(error=f"{tool} is not available on this installation.")
        try:
            given = {key: value for key, value in arguments.items() if value is not None}
            result = await self._client.call_tool(name, given, timeout=CALL_TIMEOUT_S, raise_on_error=False)
        except (FastMCPError, MCPError, TimeoutError) as error:
            return Outcome(error=str(error) or f"{tool} did not answer within {CALL_TIMEOUT_S:g} s.")
        text = "\n".join(block.text for block in result.content if block.type == "text")
        return Outcome(error=text) if result.is_error else Outcome(dict(result.structured_content or {}), text)

    async def call_all(self, calls: list[tuple[str, Mapping[str, Any]]]) -> list[Outcome]:
        """Several calls side by side, results in the same order."""
        return list(await asyncio.gather(*(self.call(tool, arguments) for tool, arguments in calls)))

    async def names(self) -> Names:
        """Names of teams, services and so on; read again after a minute."""
        if time.monotonic() - self._names_at_s > NAMES_LIVE_S:
            self._names = await self._read_names()
            self._names_at_s = time.monotonic()
        return self._names

    async def _read_names(self) -> Names:
        try:
            contents = await self._client.read_resource(NAMES_URI)
        except (FastMCPError, MCPError):
            return self._names
        text = next((getattr(part, "text", "") for part in contents), "")
        return Names.from_document(json.loads(text)) if text else self._names

    async def _tools(self) -> frozenset[str]:
        if self._offered is None:
            self._offered = frozenset(tool.name for tool in await self._client.list_tools())
        return self._offered
