"""Results as short text."""

from datetime import date, timedelta
from typing import Any

from reading import tokens

from servers.wording import report_text, result_text

WINDOW = {"from": "2026-07-01", "to": "2026-10-01", "tz": "UTC"}


def envelope(**members: Any) -> dict[str, Any]:
    """A lead time of 41.2 hours over 312 changes."""
    base = {
        "metric": "change_lead_time",
        "title": "Change lead time",
        "status": "ok",
        "value": 41.2,
        "n": 312,
        "unit": "hours",
        "window": WINDOW,
    }
    return base | {"grain": "total", "as_of": "2026-11-20T00:00:00Z"} | members


def test_a_result_reads_as_value_base_window_and_evidence() -> None:
    """What one would say in a meeting, then where it comes from."""
    shown = result_text(envelope(evidence="e1", stats={"p50": 41.2, "p75": 60.0, "p90": 96.0, "mean": 55.5}, warnings=["2 bots left out"]))
    assert shown.splitlines() == [
        "Change lead time: 41.2 h (n 312), 2026-07-01..2026-10-01 UTC",
        "p75 2.5 days, p90 4 days, mean 2.3 days",
        "! 2 bots left out",
        "evidence e1",
    ]


def test_a_missing_value_is_said_with_its_reason_and_never_as_zero() -> None:
    """`not_enough_data` reads as such, with what is there."""
    shown = result_text(envelope(status="not_enough_data", value=None, n=3, message="3 of 5 needed"))
    assert shown == "Change lead time: no value: not_enough_data, 3 of 5 needed (n 3), 2026-07-01..2026-10-01 UTC"


def test_a_comparison_names_its_window_the_difference_and_the_verdict() -> None:
    """Both windows are in the text."""
    before = {
        "window": WINDOW | {"from": "2026-04-01", "to": "2026-07-01"},
        "value": 38.2,
        "n": 290,
        "delta": 3.0,
        "relative": 0.0785,
        "verdict": "no clear change",
    }
    assert (
        result_text(envelope(compare=before)).splitlines()[1]
        == "before (2026-04-01..2026-07-01): 38.2 h (n 290); +3 h (+8 %), no clear change"
    )


def test_half_a_year_of_weeks_costs_few_tokens_and_marks_the_partial_one() -> None:
    """Goal T5: a 26-week series within 400 tokens."""
    first = date(2026, 5, 18)
    series = [
        {"bucket": (first + timedelta(weeks=week)).isoformat(), "value": 40.5 + week, "n": 12 + week, "partial": week == 25}
        for week in range(26)
    ]
    shown = result_text(envelope(grain="week", series=series, evidence="q-0123456789abcdef"))
    assert tokens(shown) <= 400, shown
    assert shown.count("~") == 2  # one in the legend, one at the last week


def test_a_dora_report_with_changes_costs_few_tokens() -> None:
    """Goal T5: five metrics with deltas within 250 tokens."""
    before = {"window": WINDOW, "value": 38.2, "n": 290, "delta": 3.0, "relative": 0.0785, "verdict": "no clear change"}
    ids = ["deployment_frequency", "change_lead_time", "change_fail_rate", "failed_deployment_recovery_time", "deployment_rework_rate"]
    shown = report_text({"metrics": [envelope(metric=name, compare=before, band="high") for name in ids], "evidence": "q-0123456789abcdef"})
    assert tokens(shown) <= 250, shown
