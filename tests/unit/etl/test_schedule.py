"""When a source is read next, decided without clock or database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from etl.schedule import Standing, gap_for, next_start
from store.config import is_cron

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
GITHUB = Standing("github", cron="*/15 * * * *", reconcile="0 3 * * *", last_at=AT, last_compared_at=AT)


def test_a_source_is_read_at_the_next_time_of_its_cron() -> None:
    """Counted from when the last run was asked for."""
    planned = next_start(GITHUB, AT + timedelta(minutes=2))
    assert planned is not None
    assert (planned.at, planned.mode) == (AT + timedelta(minutes=15), "incremental")


def test_a_cron_is_read_in_the_organisations_time_zone() -> None:
    """Eight in the morning in Berlin is seven in UTC in winter."""
    planned = next_start(replace(GITHUB, cron="0 8 * * *", reconcile="0 3 1 1 *", zone="Europe/Berlin"), AT)
    assert planned is not None
    assert planned.at == datetime(2026, 3, 3, 7, 0, tzinfo=UTC)


def test_a_paused_source_is_never_due() -> None:
    """Not even after a webhook."""
    assert next_start(replace(GITHUB, paused=True, hinted_at=AT + timedelta(minutes=1)), AT) is None


def test_a_source_that_was_never_read_is_due_at_once() -> None:
    """Whatever its cron says."""
    planned = next_start(replace(GITHUB, last_at=None, last_compared_at=None), AT)
    assert planned is not None
    assert planned.at == AT


def test_runs_that_cost_much_are_spread_so_that_half_of_the_budget_is_left() -> None:
    """1,250 points a run and 2,500 points an hour for us: one run in half an hour, though the cron says every quarter."""
    planned = next_start(replace(GITHUB, requests=1250), AT)
    assert planned is not None
    assert planned.at == AT + timedelta(minutes=30)
    assert planned.because.startswith("slowed down")


def test_a_webhook_brings_the_next_run_forward() -> None:
    """Ten seconds after the last change of a burst, but not twice within a minute."""
    soon = next_start(replace(GITHUB, hinted_at=AT + timedelta(minutes=5)), AT)
    at_once = next_start(replace(GITHUB, hinted_at=AT + timedelta(seconds=5)), AT)
    old = next_start(replace(GITHUB, hinted_at=AT - timedelta(seconds=5)), AT)
    assert soon is not None
    assert at_once is not None
    assert old is not None
    assert (soon.at, at_once.at, old.at) == (
        AT + timedelta(minutes=5, seconds=10),
        AT + timedelta(minutes=1),
        AT + timedelta(minutes=15),
    )


def test_once_a_night_everything_is_compared() -> None:
    """The first run after `schedules.reconcile` is one, so that deletions are found."""
    planned = next_start(replace(GITHUB, last_at=AT.replace(hour=2, minute=50), last_compared_at=AT - timedelta(days=1)), AT)
    assert planned is not None
    assert (planned.mode, planned.at) == ("reconcile", AT.replace(hour=3))


def test_a_source_that_refused_us_is_asked_seldom() -> None:
    """A revoked token is not hammered; resuming by hand asks at once."""
    planned = next_start(replace(GITHUB, needs_attention=True), AT)
    assert planned is not None
    assert planned.at == AT + timedelta(hours=6)


@pytest.mark.parametrize(("requests", "budget", "gap_s"), [(0, 5000, 0), (2500, 5000, 3600), (999, None, 0)])
def test_the_gap_follows_from_the_cost_of_a_run(requests: float, budget: int | None, gap_s: float) -> None:
    """No known budget, no gap."""
    assert gap_for(requests, budget) == gap_s


@pytest.mark.parametrize(
    ("cron", "met"), [("*/15 * * * *", True), ("0 0 29 2 *", True), ("0 0 30 2 *", False), ("@daily", False), ("", False)]
)
def test_a_cron_that_no_day_meets_is_none(cron: str, met: bool) -> None:
    """It would stop the schedules of all sources."""
    assert is_cron(cron) is met
