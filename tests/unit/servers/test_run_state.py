"""What a run is said to be doing."""

from datetime import UTC, datetime
from typing import Any

import pytest

from servers.records.run_state import run_state

NOW = datetime(2026, 11, 20, tzinfo=UTC)
BUDGET = {"left": 4213, "of": 5000, "resets_at": "2026-11-20T00:40:00+00:00"}


@pytest.mark.parametrize(
    ("progress", "says"),
    [
        (None, "reading"),
        ({"rate": None, "left_s": None, "budget": None}, "reading"),
        ({"rate": 1240.3, "left_s": 42, "budget": None}, "reading 1,240 records a second, about 42 s left"),
        (
            {"rate": 12.0, "left_s": 600, "budget": BUDGET},
            "reading 12 records a second, about 10 min left, 4,213 of 5,000 left of the source's budget",
        ),
        ({"rate": 12.0, "budget": BUDGET, "message": "GitHub asks us to wait; waiting 60 s"}, "GitHub asks us to wait; waiting 60 s"),
    ],
)
def test_a_running_sync_tells_its_pace_the_time_left_and_the_budget(progress: dict[str, Any] | None, says: str) -> None:
    """As far as each is known; what holds it up comes first."""
    row = {"status": "running", "started_at": NOW, "heartbeat_at": NOW, "cancel_requested": False, "progress": progress}
    assert run_state(row, NOW).says == says
