"""The data health report on a store with known faults."""

from datetime import timedelta
from typing import Any

import pytest
from fastmcp import Client
from reading import text_of
from sqlalchemy import insert, update

from servers.metrics.health import health
from store.database import Database
from store.settings import Settings
from store.tables import facts
from store.tables.raw import checkpoint, proof, quarantine
from tests.mcp.conftest import NOW, pull

Findings = dict[str, dict[str, Any]]


async def _findings(db: Database, settings: Settings) -> Findings:
    document = await health(db, settings.model_copy(update={"pulse_now": NOW}))
    return {f"{one['kind']} {one['name']}": one for one in document["findings"]}


async def _read_until(db: Database, **ago: float) -> None:
    """A complete sync of GitHub's pull requests, so long ago."""
    at = NOW - timedelta(**ago)
    async with db.begin() as connection:
        place = {"site": "github", "entity": "github.pull_requests", "scope": "r"}
        await connection.execute(insert(checkpoint).values(**place, complete_to_at=at, updated_at=at))


@pytest.mark.parametrize(("ago", "state"), [({"minutes": 20}, "ok"), ({"hours": 3}, "warning"), ({"days": 2}, "bad")])
async def test_old_data_is_said_to_be_old(db: Database, settings: Settings, ago: dict[str, float], state: str) -> None:
    """Two hours are late, a day is too late; the remedy is a sync."""
    await _read_until(db, **ago)
    lag = (await _findings(db, settings))["lag github"]
    assert (lag["state"], lag["value"], lag["remedy"]) == (
        state, timedelta(**ago).total_seconds() / 60, None if state == "ok" else "Run `pulse sync github`.",
    )  # fmt: skip


async def test_links_are_shares_with_their_base_and_unknown_when_few(stored: Database, settings: Settings) -> None:
    """Of 40 merged pull requests 30 name an issue: a warning; of no incident nothing can be said."""
    async with stored.begin() as connection:
        merged = facts.fact_pull_request
        await connection.execute(update(merged).values(merged_at=merged.c.created_at, has_issue_link=merged.c.number <= 30))
    found = await _findings(stored, settings)
    link, incidents = found["link pull_requests_linked"], found["link incidents_linked"]
    assert (link["value"], link["n"], link["state"], link["says"]) == (
        0.75,
        40,
        "warning",
        "75 % of 40: merged pull requests name an issue",
    )
    assert (incidents["value"], incidents["n"], incidents["state"]) == (None, 0, "unknown")
    assert found["link authors_in_a_team"]["state"] == "ok"


async def test_a_gap_of_working_days_is_found_and_weekends_are_none(db: Database, settings: Settings) -> None:
    """Five pull requests each working day, but none from the second to the sixth of November."""
    async with db.begin() as connection:
        rows = [
            {**pull(1), "id": f"pr{day}-{copy}", "number": day * 10 + copy, "created_at": at}
            for day in range(90)
            if (at := NOW - timedelta(days=day, hours=1)).isoweekday() < 6 and not 2 <= (at.day if at.month == 11 else 99) <= 6
            for copy in range(5)
        ]
        await connection.execute(insert(facts.fact_pull_request), rows)
    found = await _findings(db, settings)
    assert found["gap pull_requests"]["says"] == "no pull requests from 2026-11-02 to 2026-11-06 (5 working days; a usual one has 5)"
    assert found["gap issues"]["state"] == "ok"


async def test_odd_values_and_records_set_aside_are_counted(stored: Database, settings: Settings) -> None:
    """A pull request merged before it was created, an estimate of 500 points, a record nobody understood."""
    async with stored.begin() as connection:
        wrong, huge = facts.fact_pull_request, facts.fact_issue
        await connection.execute(update(wrong).where(wrong.c.number == 3).values(merged_at=wrong.c.created_at - timedelta(hours=1)))
        await connection.execute(update(huge).where(huge.c.key == "PAY-3").values(points=500))
        place = {"site": "jira@x", "entity": "jira.issues", "external_id": "7"}
        await connection.execute(insert(quarantine).values(**place, reason="it has no key", at=NOW))
    found = await _findings(stored, settings)
    odd = {name: one["value"] for name, one in found.items() if one["kind"] in ("odd", "aside") and one["value"]}
    assert odd == {"odd merged_before_created": 1, "odd huge_estimates": 1, "aside jira.issues": 1}
    assert found["aside jira.issues"]["says"] == "1 records of jira.issues are set aside: it has no key"


async def test_a_proof_is_told_with_its_instant_and_a_difference_with_its_remedy(db: Database, settings: Settings) -> None:
    """The oldest comparison of a kind of record dates it; one that differs wants a repair."""
    row = {
        "site": "jira",
        "entity": "jira.issues",
        "compared_by": "keys",
        "compared": 50,
        "missing": 0,
        "different": 0,
        "ghosts": 0,
        "moved": 0,
    }
    async with db.begin() as connection:
        await connection.execute(insert(proof).values(**row, scope="a", proven_at=NOW))
        await connection.execute(insert(proof).values(**row, scope="b", proven_at=NOW - timedelta(hours=1)))
        await connection.execute(insert(proof).values(**row | {"entity": "github.issues", "ghosts": 2}, scope="c", proven_at=NOW))
    found = await _findings(db, settings)
    equal, unequal = found["proof jira.issues"], found["proof github.issues"]
    told = f"{NOW - timedelta(hours=1):%Y-%m-%d %H:%M}"
    assert (equal["state"], equal["n"], equal["says"]) == ("ok", 100, f"jira.issues: store = source at {told} UTC")
    assert (unequal["state"], unequal["value"], unequal["remedy"]) == ("warning", 2, "Run `pulse sync prove --repair`.")


async def test_the_freshness_tool_says_what_wants_a_look(stored: Database, client: Client[Any]) -> None:
    """Worst first, each with its remedy, within the size of a default result."""
    await _read_until(stored, days=2)
    result = await client.call_tool("metrics_data_freshness", {})
    first = result.structured_content["health"]["findings"][0]
    assert (result.structured_content["health"]["state"], first["kind"], first["name"]) == ("bad", "lag", "github")
    assert "bad: github is read to 2,880 min ago. Run `pulse sync github`." in text_of(result)
