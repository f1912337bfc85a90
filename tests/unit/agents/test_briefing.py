"""A briefing in words and forms."""

from typing import Any

import pytest

from agents.briefings.briefing import Asked
from agents.briefings.forms import html, markdown, slack
from agents.briefings.words import blocks_of, recommendations
from store.errors import InvalidQuestion

CHECKED = {"pairs": 54, "tests": 108, "too_short": 6, "metrics": ["throughput"], "teams": ["(all)", "payments"], "budget": 0.1}
FINDING = {
    "metric": "pr_pickup_time", "title": "Time to first review", "unit": "hours", "team": "payments", "test": "newest", "bucket": "2026-11-09",
    "since": "2026-11-09", "value": 30.0, "usual": {"center": 5.0, "lower": 1.0, "upper": 9.0}, "effect": "worse", "chance": 1e-5,
    "why": [{"name": "checkout", "contribution": 4.0, "unit": "hours"}],
}  # fmt: skip
RISK = {
    "record": "PAY-1",
    "title": "<!channel> faster",
    "health": "off_track",
    "remaining": 4,
    "target": "2026-12-01",
    "p85": "2027-01-10",
    "reasons": [],
}


def briefing(*findings: dict[str, Any]) -> dict[str, Any]:
    """A small briefing."""
    document = {
        "audience": "exec",
        "length": "week",
        "grain": "week",
        "window": {"from": "2026-11-09", "to": "2026-11-16", "tz": "UTC"},
        "as_of": "2026-11-20T12:00:00+00:00",
        "status": "news" if findings else "silent",
        "findings": list(findings),
        "checked": CHECKED,
        "figures": [],
        "risks": [RISK],
        "warnings": [],
    }
    return document | {"recommendations": recommendations(document)}


def test_a_finding_says_whose_how_much_what_is_usual_and_what_to_do() -> None:
    """One line a reader can act on, and one piece of advice."""
    text = markdown(blocks_of(briefing(FINDING)))
    assert text.startswith("# Weekly briefing for the management, 2026-11-09 to 2026-11-15 UTC")
    assert (
        "- payments: Time to first review 30 h from 2026-11-09, usually 5 h (from 1 h to 9 h): worse. "
        "Against the window before: checkout +4 h." in text
    )
    assert "- payments: agree on when reviews are looked at, and share them among more people." in text


def test_silence_says_what_was_checked() -> None:
    """Without news there is one sentence, and how hard it was looked for."""
    text = markdown(blocks_of(briefing()))
    assert "Nothing stands out" in text
    assert "54 pairs of team and metric (1 metrics, 1 teams), 108 tests" in text
    assert "raise 0.1 false alarms on average" in text


def test_a_part_that_failed_is_said() -> None:
    """A reader must not take what could not be read for nothing at risk."""
    text = markdown(blocks_of(briefing() | {"warnings": ["metrics.assess_risk did not answer within 25 s."]}))
    assert text.rstrip().endswith("- metrics.assess_risk did not answer within 25 s.")


def test_titles_of_tickets_stay_text_in_every_form() -> None:
    """A title cannot mention a channel, nor bring markup into a page."""
    blocks = blocks_of(briefing(FINDING))
    assert "<!channel>" not in html(blocks)
    assert "<!channel>" not in str(slack(blocks))
    assert slack(blocks)["blocks"][0]["type"] == "header"


@pytest.mark.parametrize("audience", ["everybody", "team:", "person:ana"])
def test_an_unknown_audience_is_refused(audience: str) -> None:
    """The message says which there are."""
    with pytest.raises(InvalidQuestion, match="team:KEY"):
        _ = Asked(audience).team
