"""The official MCP Inspector against our servers, over stdio and over HTTP."""

import json
import subprocess
from typing import Any

import pytest

from tests.e2e.conftest import Running, pulse

pytestmark = pytest.mark.timeout(120)


def inspect(inspector: list[str], running: Running, *arguments: str) -> Any:
    """What the Inspector prints."""
    done = subprocess.run([*inspector, *arguments], capture_output=True, text=True, timeout=100, env=running.environment, check=False)
    assert done.returncode == 0, done.stderr[-2000:] or done.stdout[-2000:]
    return json.loads(done.stdout)


def targets(running: Running) -> dict[str, list[str]]:
    """The two ways in."""
    passed = [word for name in ("PULSE_HOME", "PULSE_NOW") for word in ("-e", f"{name}={running.environment[name]}")]
    return {"stdio": [*passed, pulse(), "mcp", "all"], "http": [f"{running.url}/mcp", "--transport", "http"]}


@pytest.mark.parametrize("way", ["stdio", "http"])
def test_the_inspector_lists_every_tool(inspector: list[str], running: Running, way: str) -> None:
    """Both transports offer the same tools, prefixed by their server."""
    found = inspect(inspector, running, *targets(running)[way], "--method", "tools/list")
    names = {tool["name"] for tool in found["tools"]}
    assert {"metrics_query_metric", "github_search_pull_requests", "jira_search_issues"} <= names


@pytest.mark.parametrize("way", ["stdio", "http"])
def test_the_inspector_gets_a_number_with_its_evidence(inspector: list[str], running: Running, way: str) -> None:
    """A metric for a period, as structured content."""
    asked = [
        "--method",
        "tools/call",
        "--tool-name",
        "metrics_query_metric",
        "--tool-arg",
        "metric=change_lead_time",
        "period=last_quarter",
    ]
    result = inspect(inspector, running, *targets(running)[way], *asked)["structuredContent"]
    assert (result["metric"], result["status"], result["window"]["from"]) == ("change_lead_time", "ok", "2026-07-01")
    assert result["evidence"]
