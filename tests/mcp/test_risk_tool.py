"""What is at risk, through the tools."""

from datetime import UTC, datetime
from typing import Any

import pytest
from fastmcp import Client
from fastmcp.exceptions import ToolError
from reading import text_of, tokens
from sqlalchemy import insert

from store.database import Database
from store.tables import code, raw

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
async def covered(client: Client[Any], stored: Database) -> Client[Any]:
    """The small store, read to now."""
    rows = [
        {"site": name.split(".")[0], "entity": name, "scope": "all", "complete_to_at": NOW, "updated_at": NOW}
        for name in ("github.pull_requests", "jira.issues")
    ]
    async with stored.begin() as connection:
        await connection.execute(insert(raw.checkpoint), rows)
        files = [{"pr_id": f"github:pr:{n}", "path": "app/auth.py", "additions": 10 * n, "deletions": 0} for n in range(1, 41)]
        await connection.execute(insert(code.pr_file), files)
    return client


async def test_open_pull_requests_are_ranked_with_their_reasons(covered: Client[Any]) -> None:
    """400 lines in auth.py, no test, no approval, 40 days: 43.3 of the 85 points that can be known; the text is bounded."""
    result = await covered.call_tool("metrics_assess_risk", {"kind": "pr", "team": "payments"})
    document = result.structured_content or {}
    first = document["items"][0]
    assert (document["n"], first["record"], first["level"]) == (40, "acme-shop/payments-api#40", "medium")
    assert first["value"] == pytest.approx(100 * (25 * 300 / 900 + 10 + 10 + 10 + 5) / 85)
    assert tokens(text_of(result)) <= 1000


async def test_a_risk_says_when_there_is_nothing_to_judge(covered: Client[Any]) -> None:
    """No open epic is no denominator, not a low risk."""
    document = (await covered.call_tool("metrics_assess_risk", {"kind": "epic"})).structured_content or {}
    assert (document["status"], document["value"]) == ("no_denominator", None)


async def test_a_computed_metric_is_described_with_its_tool_and_has_no_records_to_trace(covered: Client[Any]) -> None:
    """It stands in the catalogue like any other, and says where it differs."""
    described = (await covered.call_tool("metrics_describe_metric", {"metric": "pr_risk"})).structured_content or {}
    assert described["tool"] == "assess_risk"
    found = (await covered.call_tool("metrics_query_metric", {"metric": "pr_risk"})).structured_content or {}
    with pytest.raises(ToolError, match="no metric with such records"):
        await covered.call_tool("metrics_trace_figure", {"evidence": found["evidence"]})


async def test_a_scope_that_the_kind_does_not_know_is_refused(covered: Client[Any]) -> None:
    """Sprints have no repository; the message names what they are cut by."""
    with pytest.raises(ToolError, match="team, project"):
        await covered.call_tool("metrics_assess_risk", {"kind": "sprint", "repo": "payments-api"})
