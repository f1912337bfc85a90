"""The C-level scorecard: as a tool, as a metric and in words."""

import pytest

from agents.ask import Deps, ask
from agents.verify import unresolved
from servers.metrics.reproduce import reproduce
from servers.metrics.scorecard import SCORECARD, executive_report
from store.database import Database
from store.settings import Settings

pytestmark = pytest.mark.timeout(60)
WITHOUT_SPRINTS = [choice[-1] for choice in SCORECARD if choice != ("milestone_on_time_rate",)]


async def test_the_scorecard_is_a_fixed_set_with_what_was_before(company: Deps) -> None:
    """Each line with value, base and verdict; without sprints the service level stands in; shares of items stand in for effort."""
    report = (await company.toolbox.call("metrics.executive_report", {"period": "last_quarter"})).result
    lines = {line["metric"]: line for line in report["metrics"]}
    assert [line["metric"] for line in report["metrics"] if line["metric"] != "milestone_on_time_rate"] == WITHOUT_SPRINTS
    assert {line["window"]["from"] for line in lines.values()} == {"2026-07-01"}
    assert (lines["change_fail_rate"]["status"], lines["change_fail_rate"]["compare"]["verdict"]) == ("ok", "no clear change")
    assert (lines["investment_allocation"]["basis"], lines["escaped_defect_ratio"]["status"]) == ("items", "no_denominator")
    assert len(lines["deployment_frequency"]["trend"]) == 25


async def test_a_team_that_slows_down_is_worse_with_its_signals(company: Deps) -> None:
    """Payments takes longer month by month; the signals are those inside the window."""
    report = (await company.toolbox.call("metrics.executive_report", {"period": "last_quarter", "team": "payments"})).result
    line = next(line for line in report["metrics"] if line["metric"] == "change_lead_time")
    assert (line["filters"], line["compare"]["verdict"]) == ({"owner_team": ["payments"]}, "worse")
    assert {signal["effect"] for signal in line["signals"]} == {"worse"}
    assert all("2026-07-01" <= signal["bucket"] < "2026-10-01" for signal in line["signals"])


async def test_what_a_service_does_not_know_is_named_and_left_out(db: Database, settings: Settings, company: Deps) -> None:
    """Nothing is guessed from another cut."""
    report = await executive_report(db, settings, period="last_quarter", service="mobile-app")
    assert "milestone_on_time_rate" not in {line["metric"] for line in report["metrics"]}
    assert any(warning.startswith("not_cut: Delivery on date is not known by service") for warning in report["warnings"])


async def test_a_scorecard_can_be_computed_again_from_its_receipt(db: Database, settings: Settings, company: Deps) -> None:
    """Signals, trends and verdicts included."""
    report = (await company.toolbox.call("metrics.executive_report", {"period": "last_quarter"})).result
    again = await reproduce(db, settings, report["evidence"])
    assert (again["identical"], again["differs"]) == (True, [])


async def test_as_a_metric_it_has_rows_and_no_number(company: Deps) -> None:
    """There is no composite index."""
    found = (await company.toolbox.call("metrics.query_metric", {"metric": "kpi_scorecard", "period": "last_quarter"})).result
    rows = {row["metric"]: row for row in found["items"]}
    assert (found["value"], found["n"]) == (None, sum(row["status"] == "ok" for row in rows.values()))
    assert (rows["change_lead_time"]["n"] > 0, rows["change_lead_time"]["before"] is not None) == (True, True)


async def test_a_board_summary_says_every_line_and_only_numbers_with_evidence(company: Deps) -> None:
    """The report in words: a table with value, n, before and verdict, and why a line has no value."""
    answer = await ask("Give me a board summary for last quarter", deps=company)
    assert (answer.status, answer.plan["tool"]) == ("ok", "metrics.executive_report")
    assert unresolved(answer.answer, answer.figures, answer.question) == []
    assert "| Change lead time |" in answer.answer
    assert "Escaped defects: nothing to divide by" in answer.answer
