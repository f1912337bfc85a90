"""Period words, compared windows and buckets."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers.metrics.buckets import CALENDAR_GRAINS, Grain, buckets, default_grain
from servers.metrics.periods import PeriodError, comparison_window, period_of_window, resolve_period
from store.clock import Window, local_midnight

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NAMED = {
    "": "2026-08-22 2026-11-20",
    "last_30_days": "2026-10-21 2026-11-20",
    "last_24_hours": "2026-11-19T12:00 2026-11-20T12:00",
    "today": "2026-11-20 2026-11-20T12:00",
    "yesterday": "2026-11-19 2026-11-20",
    "last_week": "2026-11-09 2026-11-16",
    "last_month": "2026-10-01 2026-11-01",
    "last_quarter": "2026-07-01 2026-10-01",
    "last_year": "2025-01-01 2026-01-01",
    "last_12_weeks": "2026-08-24 2026-11-16",
    "last_6_months": "2026-05-01 2026-11-01",
    "last_12_months": "2025-11-01 2026-11-01",
    "last_4_quarters": "2025-10-01 2026-10-01",
    "this_week": "2026-11-16 2026-11-20T12:00",
    "qtd": "2026-10-01 2026-11-20T12:00",
    "ytd": "2026-01-01 2026-11-20T12:00",
    "2026": "2026-01-01 2026-11-20T12:00",
    "2026-H1": "2026-01-01 2026-07-01",
    "2026-Q3": "2026-07-01 2026-10-01",
    "2026-Q4": "2026-10-01 2026-11-20T12:00",
    "2026-09": "2026-09-01 2026-10-01",
    "2026-W36": "2026-08-31 2026-09-07",
    "since:2026-09-01": "2026-09-01 2026-11-20T12:00",
    "since:2026-09": "2026-09-01 2026-11-20T12:00",
    "2026-07-01..2026-08-15": "2026-07-01 2026-08-16",
    "2026-07..2026-09": "2026-07-01 2026-10-01",
    "2026-11-01..2026-12-31": "2026-11-01 2026-11-20T12:00",
}
COMPARED = [
    ("last_90_days", "previous", "2026-05-24 2026-08-22"),
    ("last_quarter", "previous", "2026-04-01 2026-07-01"),
    ("last_month", "previous", "2026-09-01 2026-10-01"),
    ("last_6_months", "previous", "2025-11-01 2026-05-01"),
    ("this_quarter", "previous", "2026-07-01 2026-08-20T12:00"),
    ("this_quarter", "to_date", "2026-07-01 2026-08-20T12:00"),
    ("last_quarter", "year_ago", "2025-07-01 2025-10-01"),
    ("2026-Q3", "2026-Q2", "2026-04-01 2026-07-01"),
    ("since:2026-09-01", "previous", "2026-06-12T12:00 2026-09-01"),
    ("2026-07-01..2026-09-30", "previous", "2026-04-01 2026-07-01"),
    ("last_12_weeks", "previous", "2026-06-01 2026-08-24"),
]
ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu")


def bounds(text: str) -> tuple[datetime, ...]:
    """Instants in UTC from ISO words."""
    return tuple(datetime.fromisoformat(part).replace(tzinfo=UTC) for part in text.split())


@pytest.mark.parametrize("word", NAMED)
def test_a_period_word_means_one_window(word: str) -> None:
    """Windows are half-open; units that still run end now."""
    window = resolve_period(word, now=NOW, tz="UTC").window
    assert (window.start, window.end) == bounds(NAMED[word])


@pytest.mark.parametrize(("word", "compare", "expected"), COMPARED)
def test_a_comparison_takes_the_like_window_before(word: str, compare: str, expected: str) -> None:
    """A calendar unit against the unit before, anything else against the equally long window before, to date with equal elapsed length."""
    window = comparison_window(resolve_period(word, now=NOW, tz="UTC"), compare)
    assert window is not None
    assert (window.start, window.end) == bounds(expected)


@pytest.mark.parametrize(
    "word", ["2027-Q1", "next_week", "2026-13", "last_0_days", "2026-08-15..2026-07-01", "since:2027-01-01", "drop table"]
)
def test_a_period_that_is_unknown_or_in_the_future_is_refused(word: str) -> None:
    """No window is guessed."""
    with pytest.raises(PeriodError):
        resolve_period(word, now=NOW, tz="UTC")


def test_quarters_follow_the_fiscal_year() -> None:
    """With a fiscal year from April, its third quarter begins in October."""
    found = resolve_period("2026-Q3", now=NOW, tz="UTC", fiscal_year_start_month=4)
    assert found.window.start == datetime(2026, 10, 1, tzinfo=UTC)
    assert resolve_period("last_quarter", now=NOW, tz="UTC", fiscal_year_start_month=2).window.start == datetime(2026, 8, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "grain"), [(7, "day"), (14, "day"), (15, "week"), (90, "week"), (182, "week"), (184, "month"), (700, "month")]
)
def test_the_default_grain_grows_with_the_window(days: int, grain: str) -> None:
    """Day up to 14 days, week up to 26 weeks, month above."""
    assert default_grain(Window(NOW - timedelta(days=days), NOW)) == grain


instants = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC))  # noqa: DTZ001


@given(
    start=instants,
    days=st.floats(0.01, 400),
    zone=st.sampled_from(ZONES),
    grain=st.sampled_from(CALENDAR_GRAINS),
    fiscal=st.integers(1, 12),
)
def test_buckets_partition_any_window(start: datetime, days: float, zone: str, grain: Grain, fiscal: int) -> None:
    """Neighbours touch, nothing is left out or counted twice, and only the ends are cut."""
    window = Window(start, start + timedelta(days=days), zone)
    found = buckets(window, grain, zone, fiscal)
    assert [bucket.start for bucket in found] == [window.start] + [bucket.end for bucket in found[:-1]]
    assert found[-1].end == window.end
    assert not any(bucket.cut for bucket in found[1:-1])
    assert all(bucket.start < bucket.end for bucket in found)


@given(day=st.dates(date(2015, 1, 2), date(2035, 1, 1)), zone=st.sampled_from(ZONES))
def test_a_local_day_may_have_23_or_25_hours(day: date, zone: str) -> None:
    """A daily bucket runs from local midnight to local midnight, whatever the clocks do."""
    window = Window(local_midnight(day, zone), local_midnight(day + timedelta(days=1), zone), zone)
    (bucket,) = buckets(window, "day", zone)
    assert (bucket.start, bucket.end, bucket.cut) == (window.start, window.end, False)
    assert bucket.start.astimezone(ZoneInfo(zone)).date() == day


@given(start=instants, days=st.integers(1, 200), zone=st.sampled_from(ZONES))
def test_the_window_before_touches_and_does_not_overlap(start: datetime, days: int, zone: str) -> None:
    """The compared window ends where the window begins."""
    first = local_midnight(start.date(), zone)
    window = Window(first, local_midnight(start.date() + timedelta(days=days), zone), zone)
    previous = comparison_window(period_of_window(window, now=datetime(2040, 1, 1, tzinfo=UTC)), "previous")
    assert previous is not None
    assert previous.end == window.start
    assert previous.start < previous.end
