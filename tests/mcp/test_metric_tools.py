"""Questions about numbers through the tools, down to the records."""

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastmcp import Client
from reading import text_of, tokens
from sqlalchemy import insert

from servers.app import build_all
from servers.context import Pulse, opened
from store.database import Database
from store.settings import Settings
from store.tables import facts, raw

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MERGED = 12


@pytest.fixture
async def measured(stored: Database, settings: Settings) -> AsyncIterator[Client[Any]]:
    """Twelve merged pull requests of payments over twelve days, a cycle time of 10, 20, … hours, read by a complete sync."""
    async with stored.begin() as connection:
        merged = [
            {
                "id": f"github:pr:{500 + place}", "repo": "acme-shop/payments-api", "number": 500 + place, "title": f"Merged {place}", "state": "merged",
                "team": "payments", "author_type": "human", "labels": [], "created_at": NOW - timedelta(days=place, hours=10 * place),
                "first_commit_at": NOW - timedelta(days=place, hours=10 * place), "ready_at": NOW - timedelta(days=place, hours=10 * place),
                "merged_at": NOW - timedelta(days=place), "size_lines": 10, "url": f"https://github.test/pull/{500 + place}",
            }
            for place in range(1, MERGED + 1)
        ]  # fmt: skip
        await connection.execute(insert(facts.fact_pull_request), merged)
        row = {"site": "github", "entity": "github.pull_requests", "scope": "r", "complete_to_at": NOW, "updated_at": NOW}
        await connection.execute(insert(raw.checkpoint), [row])
    pulse = Pulse(settings.model_copy(update={"pulse_now": NOW}), stored)
    async with Client(build_all(opened(pulse))) as connected:
        yield connected


async def test_a_question_answers_with_value_base_and_evidence(measured: Client[Any]) -> None:
    """The median of 10, 20 … 120 hours is 65; the text says so in few tokens."""
    result = await measured.call_tool(
        "metrics_query_metric", {"metric": "pr_cycle_time", "filters": {"team": "payments"}, "grain": "total"}
    )
    envelope = result.structured_content
    assert (envelope["status"], envelope["value"], envelope["n"]) == ("ok", 65.0, MERGED)
    assert text_of(result).splitlines()[0].startswith("PR cycle time, team payments: 2.7 days (n 12), 2026-08-22..2026-11-20 UTC")
    assert tokens(text_of(result)) <= 120


async def test_the_same_question_is_the_same_receipt(measured: Client[Any]) -> None:
    """Asking twice gives the same evidence id and the same bytes."""
    asked = {"metric": "pr_cycle_time", "period": "last_90_days", "group_by": ["team"]}
    first = await measured.call_tool("metrics_query_metric", asked)
    second = await measured.call_tool("metrics_query_metric", asked)
    assert first.structured_content == second.structured_content


async def test_the_records_behind_a_figure_add_up_to_its_n(measured: Client[Any]) -> None:
    """trace_figure lists each record once, with its link."""
    envelope = (await measured.call_tool("metrics_query_metric", {"metric": "pr_cycle_time", "group_by": ["team"]})).structured_content
    traced = await measured.call_tool("metrics_trace_figure", {"evidence": envelope["evidence"], "cell": "team=payments"})
    listing = traced.structured_content
    links = {row[listing["columns"].index("url")] for row in listing["rows"]}
    assert (listing["total"], len(links)) == (MERGED, MERGED)


async def test_a_dora_report_without_deployments_says_so_and_invents_nothing(measured: Client[Any]) -> None:
    """No deployment source was ever read: five statuses, no zero."""
    result = await measured.call_tool("metrics_dora_report", {"period": "2026-Q3"})
    found = {part["metric"]: (part["status"], part["value"]) for part in result.structured_content["metrics"]}
    assert len(found) == 5
    assert {value for _, value in found.values()} == {None}
    assert {status for status, _ in found.values()} <= {"no_coverage", "not_configured"}


async def test_freshness_names_the_span_and_the_age(measured: Client[Any]) -> None:
    """What is stored and until when."""
    result = await measured.call_tool("metrics_data_freshness", {})
    assert text_of(result).splitlines()[0] == "github: synced to 2026-11-20T12:00Z, 0 min old; last run never"


async def test_from_without_to_is_refused_with_the_alternative(measured: Client[Any]) -> None:
    """Half a window is not guessed."""
    result = await measured.call_tool("metrics_query_metric", {"metric": "pr_cycle_time", "from": "2026-07-01"}, raise_on_error=False)
    assert (result.is_error, "since:DATE" in text_of(result)) == (True, True)


async def test_a_chart_is_drawn_from_the_receipt(measured: Client[Any]) -> None:
    """The specification names its schema and holds the series; the PNG is a picture; a result without values has no chart."""
    envelope = (await measured.call_tool("metrics_query_metric", {"metric": "pr_cycle_time", "grain": "week"})).structured_content
    drawn = await measured.call_tool("metrics_render_chart", {"evidence": envelope["evidence"], "format": "spec"})
    assert drawn.structured_content["spec"]["$schema"].endswith("/vega-lite/v6.json")
    assert "PR cycle time" in drawn.structured_content["title"]


async def test_a_chart_may_show_the_single_records(measured: Client[Any]) -> None:
    """A scatter draws each pull request behind the median, a histogram counts them by class: both hold as many as the result says."""
    envelope = (await measured.call_tool("metrics_query_metric", {"metric": "pr_cycle_time", "grain": "week"})).structured_content
    asked = {"evidence": envelope["evidence"], "format": "spec"}
    dots = (await measured.call_tool("metrics_render_chart", asked | {"kind": "scatter"})).structured_content["spec"]
    classes = (await measured.call_tool("metrics_render_chart", asked | {"kind": "histogram"})).structured_content["spec"]
    drawn = len(dots["layer"][0]["data"]["values"]), sum(row["value"] for row in classes["data"]["values"])
    assert drawn == (envelope["n"], envelope["n"])


@pytest.mark.timeout(60)
async def test_a_chart_is_a_picture_where_hosts_cannot_draw(measured: Client[Any]) -> None:
    """PNG bytes, beside the title as text."""
    envelope = (await measured.call_tool("metrics_query_metric", {"metric": "pr_cycle_time", "grain": "week"})).structured_content
    drawn = await measured.call_tool("metrics_render_chart", {"evidence": envelope["evidence"]})
    pictures = [block for block in drawn.content if block.type == "image"]
    assert base64.b64decode(pictures[0].data).startswith(b"\x89PNG")
