"""How fast a run reads and how long the rest takes."""

import pytest

from etl.pace import WINDOW_S, Pace, records_left
from etl.progress import Totals


def _pulls(**counts: int) -> Totals:
    totals = Totals("github", "github.pull_requests")
    for name, value in counts.items():
        setattr(totals, name, value)
    return totals


def test_the_rate_is_that_of_the_last_seconds() -> None:
    """What was slow or quick long ago says nothing about now."""
    now, pace = 0.0, Pace(clock=lambda: now)
    for second in range(0, 200, 5):
        now = float(second)
        read = 10 * second if second < 100 else 1000 + 100 * (second - 100)
        told = pace.told([_pulls(fetched=read, scopes=1, due=1, told=1, expected=20_000)])
    assert (told["rate"], told["left_s"]) == (100, round((20_000 - read) / 100))
    assert len(pace.looks) <= WINDOW_S / 5 + 2


def test_nothing_is_said_that_nobody_can_know() -> None:
    """At first there is no rate; a source that does not count leaves the time open, and so does one that stands still."""
    now, pace = 0.0, Pace(clock=lambda: now)
    assert pace.told([_pulls(fetched=5, scopes=1)]) == {"rate": None, "left_s": None}
    now = 10.0
    assert pace.told([_pulls(fetched=105, scopes=1)]) == {"rate": 10, "left_s": None}
    now = 60.0
    pace.told([_pulls(fetched=105, scopes=1, due=1, told=1, expected=500)])
    now = 100.0
    assert pace.told([_pulls(fetched=105, scopes=1, due=1, told=1, expected=500)]) == {"rate": 0, "left_s": None}


@pytest.mark.parametrize(
    ("counts", "left"),
    [
        ({"scopes": 10, "scopes_done": 2, "due": 8, "told": 4, "expected": 400, "fetched": 300}, 500),  # eight like those four
        ({"scopes": 10, "scopes_done": 10, "due": 8, "told": 8, "expected": 800, "fetched": 790}, 0),  # all done
        ({"scopes": 3, "due": 3, "told": 3, "expected": 30, "fetched": 40}, 0),  # more came than was told
        ({"scopes": 3, "due": 3}, None),
    ],
)
def test_scopes_that_have_not_told_count_like_those_that_have(counts: dict[str, int], left: float | None) -> None:
    """Those without a sign of change are not read, so they do not count."""
    assert records_left([_pulls(**counts)]) == left
