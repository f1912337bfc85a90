"""Questions with a bound begin with yes or no, and with neither where the figure does not tell."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agents.compose.bound import verdict
from agents.evaluation import DEMO_NAMES
from agents.figures import Book, Source
from agents.keyless.bounds import bounds_in
from agents.keyless.defaults import Calendar
from agents.keyless.planner import make_plan
from agents.names import Names
from agents.plan import Intent, Plan
from agents.verify import unresolved


@pytest.mark.parametrize(
    ("question", "bounds"),
    [
        ("Is our change fail rate below 15 %?", [("under", 0.15, "%")]),
        ("Do more than 80 % of our changes deploy within a week?", [("over", 0.8, "%"), ("most", 168.0, "hours")]),
        ("Liegt die Durchlaufzeit unter 3 Tagen?", [("under", 72.0, "hours")]),
        ("Est-ce que le délai est de moins de 36 heures ?", [("under", 36.0, "hours")]),
        ("Did we have at least 20 incidents?", [("least", 20.0, "")]),
        ("Is it no more than 2.5 days?", [("most", 60.0, "hours")]),
        ("Which services had more than five outages?", []),
        ("How many changes took over a week?", []),
        ("Is our change fail rate better?", []),
    ],
)
def test_bounds_are_read_from_questions_that_want_yes_or_no(question: str, bounds: list[tuple[str, float, str]]) -> None:
    """Sign, amount and unit; questions for a list or a number have none."""
    assert [(bound.sign, pytest.approx(bound.amount), bound.unit) for bound in bounds_in(question)] == bounds


RATE = {"metric": "change_fail_rate", "unit": "ratio", "value": 0.171, "numerator": 44, "denominator": 258, "status": "ok"}
THIN = RATE | {"value": None, "status": "not_enough_data", "needs": 10, "denominator": 4}
HOURS = {"p50": 100.0, "p75": 160.0, "p85": 200.0, "p90": 300.0}
LEAD = {"metric": "change_lead_time", "unit": "hours", "value": 100.0, "n": 40, "status": "ok", "stats": HOURS}
LEAST = "**Cannot be said:** what is seen is only the least it can be, and 17.1 % is not above 50 %."
TOLD = "75.0 % to 85.0 % are at most a week; asked is above"


@pytest.mark.parametrize(
    ("question", "document", "said"),
    [
        ("Is it below 15 %?", RATE, "**No:** 17.1 % is not below 15 %."),
        ("Is it at most 20 percent?", RATE, "**Yes:** 17.1 % is at most 20 percent."),
        ("Is it below 17.1 %?", RATE | {"value": 0.17096}, "**Yes:** 17.1 % (rounded) is just below 17.1 %."),
        ("Is it below 15 %?", THIN, "**Cannot be said:** not enough data (4 of 10 needed)."),
        ("Is it less than 50 %?", RATE | {"lower_bound": True}, LEAST),
        ("Is it more than 10 %?", RATE | {"lower_bound": True}, "**Yes:** 17.1 % is above 10 %."),
        ("Is it under 5 days?", LEAD, "**Yes:** 4.2 days is below 5 days."),
        ("Do more than 60 % deploy within a week?", LEAD, f"**Yes:** {TOLD} 60 %."),
        ("Do more than 90 % deploy within a week?", LEAD, f"**No:** {TOLD} 90 %."),
        ("Do more than 80 % deploy within a week?", LEAD, f"**Cannot be said exactly:** {TOLD} 80 %."),
        ("Is it below 15 hours?", RATE, ""),
        ("Is it below 15 %?", RATE | {"groups": [{}]}, ""),
    ],
)
def test_yes_and_no_come_from_the_figure(question: str, document: dict[str, Any], said: str) -> None:
    """Every number in it is a figure or stands in the question."""
    book = Book()
    found = verdict(Source(document, "e1", book), Plan(intent=Intent.VALUE), question)
    assert found == said
    assert unresolved(found, book.figures, question) == []


def test_how_many_changes_are_out_within_a_week_is_about_their_lead_time() -> None:
    """A share within a duration is no frequency."""
    calendar = Calendar(datetime(2026, 11, 20, 12, tzinfo=UTC))
    plan = make_plan("Do more than 80 % of our changes deploy within a week?", Names.from_document(DEMO_NAMES), calendar)
    assert (plan.metrics, plan.group_by) == (["change_lead_time"], [])
