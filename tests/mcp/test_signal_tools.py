"""Signals and forecasts through the tools."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from fastmcp import Client
from reading import text_of
from sqlalchemy import insert

from servers.app import build_all
from servers.context import Pulse, opened
from servers.metrics.signals import forecast as monte_carlo
from store.database import Database
from store.settings import Settings
from store.tables import facts, raw

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OPEN = 55
"""Open issues of PAY in the small store."""


def done(number: int, at: datetime) -> dict[str, Any]:
    """A finished item of PAY."""
    names = {
        "id": f"jira:issue:d{number}",
        "key": f"PAY-D{number}",
        "title": "Done",
        "project": "PAY",
        "team": "payments",
        "issue_type": "Story",
    }
    state = {"status": "Done", "category": "done", "level": "item", "components": [], "labels": [], "priority": None}
    return names | state | {"created_at": at - timedelta(days=3), "start_at": at - timedelta(days=2), "done_at": at}


@pytest.fixture
async def finished(stored: Database, settings: Settings) -> AsyncIterator[Client[Any]]:
    """One item finished every day for 200 days, and twelve more on 4 November."""
    days = [done(number, NOW - timedelta(days=number, hours=2)) for number in range(1, 201)]
    burst = [done(900 + number, datetime(2026, 11, 4, 9, tzinfo=UTC)) for number in range(12)]
    async with stored.begin() as connection:
        await connection.execute(insert(facts.fact_issue), days + burst)
        row = {"site": "jira", "entity": "jira.issues", "scope": "PAY", "complete_to_at": NOW, "updated_at": NOW}
        await connection.execute(insert(raw.checkpoint), [row])
    pulse = Pulse(settings.model_copy(update={"pulse_now": NOW}), stored)
    async with Client(build_all(opened(pulse))) as connected:
        yield connected


async def test_a_burst_is_a_signal_with_its_week_and_rule(finished: Client[Any]) -> None:
    """Seven a week is the habit; nineteen in the week of 2 November lie outside the limits, the running week is not judged."""
    result = await finished.call_tool("metrics_find_anomalies", {"metric": "throughput", "filters": {"team": "payments"}})
    document = result.structured_content or {}
    assert document["signals"] == [{"index": 24, "value": 19, "rules": ["outside_limits"], "effect": "change", "bucket": "2026-11-02"}]
    assert document["series"][-1]["bucket"] == "2026-11-09"
    drawn = await finished.call_tool("metrics_render_chart", {"evidence": document["evidence"], "format": "spec"})
    assert "outside limits" in str(drawn.structured_content)


async def test_without_a_metric_the_delivery_set_is_watched_and_missing_data_said(finished: Client[Any]) -> None:
    """A metric without data has no verdict; it is named, not left out."""
    result = await finished.call_tool("metrics_find_anomalies", {})
    assert "Change lead time: no verdict, no_coverage" in text_of(result)


async def test_a_forecast_equals_the_monte_carlo_over_the_daily_history(finished: Client[Any]) -> None:
    """84 complete days, zeros included, the day of the burst among them; what remains are the open items."""
    result = await finished.call_tool("metrics_forecast", {"kind": "when", "project": "PAY", "target": "2027-01-15"})
    document = result.structured_content or {}
    history = [13 if offset == 15 else 1 for offset in range(83, -1, -1)]
    expected = monte_carlo.when(history, OPEN, (NOW - timedelta(days=1)).date(), target=date(2027, 1, 15))
    assert (document["remaining"], document["value"], document["health"]) == (OPEN, expected["value"], expected["health"])
    assert "85 % by" in text_of(result)


async def test_how_many_by_a_date_gives_at_least_so_many(finished: Client[Any]) -> None:
    """More certainty means fewer items."""
    result = await finished.call_tool("metrics_forecast", {"kind": "how_many", "team": "payments", "by": "2026-12-17"})
    value = (result.structured_content or {})["value"]
    assert value["p95"] <= value["p85"] <= value["p50"]


async def test_a_forecast_without_history_is_refused_with_what_is_needed(client: Client[Any]) -> None:
    """No pace, no date."""
    result = await client.call_tool("metrics_forecast", {"kind": "when", "remaining": 10})
    assert (result.structured_content or {})["value"] is None
    assert "28 days and 10 items are needed" in text_of(result)
