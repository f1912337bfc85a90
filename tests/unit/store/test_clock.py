"""Time: one clock, half-open windows, midnights of the place."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from store.clock import Window, local_date, local_midnight, now
from store.errors import ConfigurationError

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
BERLIN = timedelta(hours=1)


def test_pulse_now_replaces_the_wall_clock() -> None:
    """A demo or a test asks on the day it was made for; without it the clock is the machine's, in UTC."""
    fixed = now(SimpleNamespace(pulse_now=datetime(2026, 11, 20, 1, tzinfo=UTC)))
    assert (fixed, now(SimpleNamespace(pulse_now=None)).tzinfo) == (datetime(2026, 11, 20, 1, tzinfo=UTC), UTC)


def test_a_window_holds_its_start_and_not_its_end() -> None:
    """Two neighbouring windows share no instant."""
    window = Window(MARCH, MARCH + timedelta(days=1))
    assert (window.start in window, window.end in window) == (True, False)


@pytest.mark.parametrize(
    ("start", "end"), [(MARCH, MARCH - timedelta(1)), (MARCH.replace(tzinfo=None), MARCH)], ids=["backwards", "no zone"]
)
def test_a_window_that_makes_no_sense_is_refused(start: datetime, end: datetime) -> None:
    """Durations are never negative and instants never ambiguous."""
    with pytest.raises(ValueError, match="window"):
        Window(start, end)


@pytest.mark.parametrize(("first", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)])
def test_a_local_day_is_as_long_as_it_is(first: date, hours: int) -> None:
    """Clock changes make days of 23 and 25 hours."""
    assert Window.of_days(first, first, "Europe/Berlin").duration == timedelta(hours=hours)


def test_a_midnight_that_the_clocks_skip_is_the_first_instant_after_it() -> None:
    """In Santiago the day of the change begins at one o'clock."""
    assert local_midnight(date(2026, 9, 6), "America/Santiago") == datetime(2026, 9, 6, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day"), [("Pacific/Kiritimati", date(2026, 3, 2)), ("Pacific/Niue", date(2026, 3, 1)), ("UTC", date(2026, 3, 1))]
)
def test_an_instant_falls_on_the_day_of_the_place(zone: str, day: date) -> None:
    """Teams live at +14 and at -11."""
    assert local_date(MARCH + timedelta(hours=12), zone) == day


def test_an_unknown_zone_is_a_configuration_error() -> None:
    """The message shows what a name looks like."""
    with pytest.raises(ConfigurationError, match="Europe/Berlin"):
        local_midnight(date(2026, 1, 1), "Berlin")
