"""What is at risk, through the tools."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastmcp import Client
from fastmcp.exceptions import ToolError
from reading import text_of, tokens
from sqlalchemy import insert, update

from store.database import Database
from store.tables import code, facts, raw

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


async def test_a_file_that_was_often_repaired_weighs_and_one_that_the_author_knows_does_not(covered: Client[Any], stored: Database) -> None:
    """Two repairs of auth.py in 90 days, one taken back and one by a hotfix, make it a hotspot; one repair does not; its author knows it."""
    merged = {"repo_id": "github:repo:0", "state": "merged", "author_type": "human", "labels": [], "is_draft": False}
    rows = [
        merged | {"id": f"m{n}", "merged_at": NOW - timedelta(days=n), "is_revert": n == 1, "author_person_id": "u1" if n == 3 else "u2"}
        for n in (1, 2, 3, 120)
    ]
    shipped = {"deployment_id": "d", "kind": "hotfix", "deployed_at": NOW, "labels": []}
    paths = {"m1": ["app/auth.py", "once.py"], "m2": ["app/auth.py"], "m3": ["app/auth.py"], "m120": ["once.py"]}
    async with stored.begin() as connection:
        await connection.execute(insert(facts.fact_pull_request), rows)
        await connection.execute(insert(facts.fact_change), [shipped | {"id": f"c{n}", "pr_id": f"m{n}"} for n in (2, 120)])
        await connection.execute(insert(code.pr_file), [{"pr_id": name, "path": path} for name, all_ in paths.items() for path in all_])
        await connection.execute(
            update(facts.fact_pull_request)
            .where(facts.fact_pull_request.c.number <= 40)
            .values(repo_id="github:repo:0", author_person_id="u1")
        )
    document = (await covered.call_tool("metrics_assess_risk", {"kind": "pr", "team": "payments"})).structured_content or {}
    reasons = {part["factor"]: part["why"] for part in document["items"][0]["contributions"]}
    assert reasons["hotspot"] == "often repaired: app/auth.py"
    assert "unfamiliar" not in reasons


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
