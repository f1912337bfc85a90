"""Risk scores: known factors add up, unknown ones drop out, limits belong to the better side."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from servers.metrics.signals.risk import Factor, epic_risk, pr_risk, score, sprint_risk

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def sprint(**changes: Any) -> dict[str, Any]:
    """A sprint at half time that is where it should be."""
    state = {
        "started_at": START,
        "planned_end_at": START + timedelta(days=14),
        "points_in_scope": 40,
        "points_done": 20,
        "points_committed": 40,
    }
    state |= {
        "points_added": 0,
        "points_todo": 0,
        "points_blocked": 0,
        "in_progress": 4,
        "in_progress_over_sle": 0,
        "items": 10,
        "items_unestimated": 0,
    }
    return state | {"p_finish": 1.0} | changes


def test_contributions_add_up_to_the_score() -> None:
    """Each contribution is in points of the score, the heaviest first."""
    found = score([Factor("a", 30, 0.5), Factor("b", 10, 1.0), Factor("c", 20, None)])
    assert found["value"] == pytest.approx(62.5)
    assert [part["factor"] for part in found["contributions"]] == ["a", "b"]
    assert sum(part["points"] for part in found["contributions"]) == pytest.approx(found["value"])


def test_too_little_known_is_no_score() -> None:
    """Below 60 % of the weight a number would be made up."""
    assert score([Factor("a", 59, 1.0), Factor("b", 41, None)]) == {
        "status": "not_enough_data", "value": None, "coverage": 0.59, "missing": ["b"]
    }  # fmt: skip


def test_an_unknown_author_is_not_a_stranger() -> None:
    """The factor drops out instead of counting in full."""
    state = {"files": [{"path": "app/a.py", "additions": 10, "deletions": 0}], "author_known_files": None, "approvals": 1, "age_days": 0}
    assert set(pr_risk(state)["missing"]) == {"unfamiliar", "checks_failing"}


@pytest.mark.parametrize("path", ["db/migrations/0003_x.sql", "src/auth.py", ".github/workflows/ci.yml", "Dockerfile", "infra/main.tf"])
def test_sensitive_paths_are_found(path: str) -> None:
    """Migrations, auth, CI, containers and infrastructure deserve a second look."""
    found = pr_risk(
        {"files": [{"path": path, "additions": 1, "deletions": 0}], "author_known_files": [path], "approvals": 1, "age_days": 0}
    )
    assert "sensitive_path" in [part["factor"] for part in found["contributions"]]


@pytest.mark.parametrize("path", ["src/author.py", "docs/authors.md", "src/specialist.py", "app/circle.py"])
def test_words_that_only_look_sensitive_are_not(path: str) -> None:
    """A part of a word is no path."""
    found = pr_risk(
        {"files": [{"path": path, "additions": 1, "deletions": 0}], "author_known_files": [path], "approvals": 1, "age_days": 0}
    )
    assert "sensitive_path" not in [part["factor"] for part in found["contributions"]]


def test_a_sprint_in_its_first_fifth_has_no_level() -> None:
    """After two of fourteen days it is too early."""
    assert sprint_risk(sprint(points_done=0), START + timedelta(days=2))["level"] == "too early"


def test_a_sprint_on_pace_is_low() -> None:
    """Half the time, half the work, everything moving."""
    assert sprint_risk(sprint(), START + timedelta(days=7))["value"] == 0


def test_a_sprint_without_scope_has_no_denominator() -> None:
    """Nothing to do is no risk and no score."""
    assert sprint_risk(sprint(points_in_scope=0, points_done=0), START)["status"] == "no_denominator"


def test_an_epic_that_never_began_is_not_called_silent() -> None:
    """Without a first item there is no standstill."""
    assert epic_risk({"remaining": 5, "target": "2026-06-01"})["reasons"] == []
