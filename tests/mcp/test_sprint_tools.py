"""The tools that report on sprints and epics."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastmcp import Client
from fastmcp.exceptions import ToolError
from reading import tokens
from sqlalchemy import insert, update

from benchmarks.statements import noted
from servers.metrics.reproduce import reproduce
from store.database import Database
from store.settings import Settings
from store.tables import facts, people
from store.tables.raw import checkpoint

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def sprint(number: int, team: str = "payments") -> dict[str, Any]:
    """A sprint of two weeks; the ninth still runs."""
    start = NOW - timedelta(days=14 * (9 - number) + 7)
    over = number < 9
    row = {"id": f"{team}:{number}", "name": f"{team[:3].upper()} Sprint {number}", "board": team, "team": team, "project": "PAY"}
    dates = {
        "started_at": start,
        "planned_end_at": start + timedelta(days=14),
        "completed_at": start + timedelta(days=14) if over else None,
    }
    return row | dates | {"state": "closed" if over else "active"}


def item(of: dict[str, Any], number: int, *, done: bool, points: float = 3.0) -> dict[str, Any]:
    """An item that was committed to a sprint."""
    row = {
        "id": f"{of['id']} {number}",
        "sprint_id": of["id"],
        "issue_id": f"jira:issue:{number}",
        "sprint": of["name"],
        "key": f"PAY-{number}",
    }
    sets = {"committed": True, "done": done, "spilled": not done, "start_points": points, "end_points": points, "carried": int(not done)}
    return (
        row
        | sets
        | {name: of[name] for name in ("board", "team", "project", "state", "started_at", "completed_at")}
        | {"title": f"Story {number}"}
    )


@pytest.fixture
async def sprints(stored: Database) -> None:
    """Three sprints of payments with four items each, and an epic with three items, one of them done."""
    made = [sprint(number) for number in (7, 8, 9)]
    items = [item(one, 10 * place + n, done=n < 3) for place, one in enumerate(made) for n in range(4)]
    epic = {"id": "jira:issue:900", "key": "PAY-900", "title": "One-click checkout", "project": "PAY", "team": "payments"}
    dates = {"created_at": NOW - timedelta(days=60), "begun_at": NOW - timedelta(days=50), "baseline_at": NOW - timedelta(days=36)}
    below = [
        {"id": f"jira:issue:90{n}", "epic_id": epic["id"], "epic": "PAY-900", "key": f"PAY-90{n}", "project": "PAY", "team": "payments"}
        | {"item_team": "payments", "points": 4.0, "joined_at": NOW - timedelta(days=40 if n < 3 else 10)}
        | {"done_at": NOW - timedelta(days=5) if n == 1 else None}
        for n in (1, 2, 3)
    ]
    async with stored.begin() as connection:
        read = {
            "site": "jira",
            "entity": "jira.issues",
            "scope": "all",
            "complete_to_at": NOW,
            "covered_from_at": NOW - timedelta(days=365),
        }
        await connection.execute(insert(checkpoint), [read | {"updated_at": NOW}])
        await connection.execute(insert(facts.fact_sprint), made)
        await connection.execute(insert(facts.fact_sprint_issue), items)
        await connection.execute(insert(facts.fact_epic), [epic | dates])
        await connection.execute(insert(facts.fact_epic_item), below)
        await connection.execute(insert(people.team), [{"id": "team:checkout", "key": "checkout", "name": "Checkout", "source": "yaml"}])


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ({}, "PAY Sprint 8"),
        ({"which": "-2"}, "PAY Sprint 7"),
        ({"which": "current"}, "PAY Sprint 9"),
        ({"sprint": "sprint 7"}, "PAY Sprint 7"),
    ],
)
async def test_a_sprint_is_named_or_counted_back(client: Client[Any], sprints: None, asked: dict[str, str], name: str) -> None:
    """The last closed one unless another is meant; the board's prefix may be left out."""
    found = (await client.call_tool("jira_sprint_report", asked)).structured_content
    assert (found["sprint"], found["unit"], found["committed"], found["completed"], found["say_do"]) == (name, "points", 12, 9, 0.75)


async def test_a_report_reads_in_few_tokens_and_keeps_a_receipt(client: Client[Any], sprints: None) -> None:
    """Amounts, shares and issues in a line each, with the evidence that answers cite."""
    found = await client.call_tool("jira_sprint_report", {"team": "payments"})
    text = found.content[0].text
    assert tokens(text) < 250
    assert [word in text for word in ("PAY Sprint 8", "say do 75.0 %", "spilled 3", "PAY-13|committed spilled", "evidence e")] == [True] * 5


async def test_a_report_of_several_teams_asks_whose(client: Client[Any], stored: Database, sprints: None) -> None:
    """Nobody guesses; the message names the teams."""
    async with stored.begin() as connection:
        await connection.execute(insert(facts.fact_sprint), [sprint(8, "checkout")])
    with pytest.raises(ToolError, match="known: checkout, payments"):
        await client.call_tool("jira_sprint_report", {})


async def test_a_filter_knows_the_words_for_sprints(client: Client[Any], sprints: None) -> None:
    """The last two closed sprints as a series under their names, over their own days."""
    asked = {"metric": "sprint_say_do", "filters": {"sprint": "last_2"}}
    found = (await client.call_tool("metrics_query_metric", asked)).structured_content
    assert [point["bucket"] for point in found["series"]] == ["PAY Sprint 7", "PAY Sprint 8"]
    assert (found["value"], found["numerator"], found["denominator"], found["basis"]) == (0.75, 18, 24, "points")


async def test_the_records_behind_a_sprint_ratio_are_its_items(client: Client[Any], sprints: None) -> None:
    """`trace_figure` lists the committed items with their size."""
    result = (await client.call_tool("metrics_query_metric", {"metric": "sprint_say_do", "filters": {"sprint": "last"}})).structured_content
    listing = (await client.call_tool("metrics_trace_figure", {"evidence": result["evidence"]})).structured_content
    assert (listing["total"], {row[0] for row in listing["rows"]}) == (4, {"PAY-10", "PAY-11", "PAY-12", "PAY-13"})


async def test_an_epic_tells_how_far_it_is_and_how_it_grew(client: Client[Any], sprints: None) -> None:
    """Points where all is estimated; the third item came after the baseline."""
    found = (await client.call_tool("jira_epic_progress", {"project": "PAY"})).structured_content
    epic = found["epics"][0]
    told = (epic["epic"], epic["done"], epic["total"], epic["unit"], epic["remaining_items"], epic["scope_growth"])
    assert told == ("PAY-900", 4, 12, "points", 2, 0.5)
    assert (found["value"], found["scope_growth"]) == (pytest.approx(1 / 3), 0.5)


@pytest.mark.parametrize("asked", [{"which": "-2"}, {"which": "current"}, {"sprint": "sprint 7"}, {}])
async def test_a_report_is_computed_again_for_the_sprint_it_told_of(
    client: Client[Any], stored: Database, settings: Settings, sprints: None, asked: dict[str, str]
) -> None:
    """Its receipt gives the same report, whichever sprint was meant."""
    found = (await client.call_tool("jira_sprint_report", asked)).structured_content
    again = await reproduce(stored, settings.model_copy(update={"pulse_now": NOW}), found["evidence"])
    assert (again["differs"], again["identical"]) == ([], True)


async def test_the_listed_epics_are_those_of_the_headline(client: Client[Any], stored: Database, sprints: None) -> None:
    """Epics without a team can be asked for, and are listed as they are counted."""
    async with stored.begin() as connection:
        lone = {"id": "jira:issue:800", "key": "PAY-800", "project": "PAY", "created_at": NOW - timedelta(days=60)}
        begun = {"begun_at": NOW - timedelta(days=50), "baseline_at": NOW - timedelta(days=36)}
        below = {"id": "jira:issue:801", "epic_id": lone["id"], "epic": "PAY-800", "key": "PAY-801", "project": "PAY"}
        await connection.execute(insert(facts.fact_epic), [lone | begun])
        await connection.execute(insert(facts.fact_epic_item), [below | {"joined_at": NOW - timedelta(days=40)}])
    found = (await client.call_tool("jira_epic_progress", {"team": "(unmapped)"})).structured_content
    assert ([epic["epic"] for epic in found["epics"]], found["total"]) == (["PAY-800"], 1)
    whole = (await client.call_tool("jira_epic_progress", {})).structured_content
    assert {epic["epic"] for epic in whole["epics"]} == {"PAY-800", "PAY-900"}


async def test_the_risk_of_a_sprint_is_told_from_the_ledger_of_its_report(client: Client[Any], stored: Database, sprints: None) -> None:
    """What left the sprint and came back was committed, not added: risk and report of the running sprint speak of the same work."""
    async with stored.begin() as connection:
        late = item(sprint(9), 24, done=False) | {"committed": False, "added": True, "start_points": 6.0}
        await connection.execute(insert(facts.fact_sprint_issue), [late])
    told = (await client.call_tool("jira_sprint_report", {"which": "current"})).structured_content
    (risk,) = (await client.call_tool("metrics_assess_risk", {"kind": "sprint"})).structured_content["items"]
    reasons = {part["factor"]: part for part in risk["contributions"]}
    assert (risk["unit"], reasons["pace_gap"]["why"] if "pace_gap" in reasons else "9 of 15 done") == (told["unit"], "9 of 15 done")
    assert reasons["scope_added"]["why"] == f"{told['added']:g} added" == "6 added"
    assert reasons["scope_added"]["points"] / (100 * 10 / 65) == pytest.approx(1)


async def test_the_health_of_an_epic_speaks_of_the_growth_and_date_that_its_progress_shows(
    client: Client[Any], stored: Database, sprints: None
) -> None:
    """Scope is counted since it joined the epic, and a date is a date whichever field of Jira holds it."""
    async with stored.begin() as connection:
        await connection.execute(update(facts.fact_epic).values(target_at=NOW + timedelta(days=30)))
    (told,) = (await client.call_tool("jira_epic_progress", {"project": "PAY"})).structured_content["epics"]
    (risk,) = (await client.call_tool("metrics_assess_risk", {"kind": "epic"})).structured_content["items"]
    assert (risk["record"], risk["target"], risk["remaining"]) == (told["epic"], told["target"], told["remaining_items"])
    assert [reason["why"] for reason in risk["reasons"]] == [f"scope grew by {told['scope_growth']:.0%}"]


async def test_the_risk_of_many_epics_asks_as_little_as_that_of_one(client: Client[Any], stored: Database, sprints: None) -> None:
    """A large organisation has thousands of open epics; each one's own history, or its team's, is read with those of the others."""
    async with noted(stored) as one:
        await client.call_tool("metrics_assess_risk", {"kind": "epic"})
    epics = [
        {"id": f"e{n}", "key": f"PAY-8{n}", "title": "E", "team": "payments", "created_at": NOW - timedelta(days=60)} for n in range(9)
    ]
    items = [
        {"id": f"i{n}", "epic_id": f"e{n}", "epic": f"PAY-8{n}", "key": f"I-{n}", "joined_at": NOW - timedelta(days=9)} for n in range(9)
    ]
    done = [
        {
            "id": f"d{n}",
            "key": f"D-{n}",
            "level": "item",
            "team": "payments",
            "epic": f"PAY-8{n % 2}",
            "done_at": NOW - timedelta(days=1 + n % 40),
        }
        for n in range(40)
    ]
    async with stored.begin() as connection:
        for table, rows in ((facts.fact_epic, epics), (facts.fact_epic_item, items), (facts.fact_issue, done)):
            await connection.execute(insert(table), rows)
    async with noted(stored) as many:
        found = (await client.call_tool("metrics_assess_risk", {"kind": "epic"})).structured_content
    told = {item["record"]: (item["p50"] is not None, item["remaining"]) for item in found["items"]}
    assert told == {"PAY-900": (False, 2)} | {f"PAY-8{n}": (n < 2, 1) for n in range(9)}
    assert len(many) <= len(one) + 2
