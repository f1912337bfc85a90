"""What makes the teams different, and how that changes over time: the stories the numbers of the demo company tell.

- payments gets slower after a re-organisation: reviews wait, pull requests grow, releases go from twice a day to twice a week;
- checkout ships a bad release, followed by two weeks of incidents and hotfixes;
- platform gets faster and safer after it starts to make small pull requests and to deploy what it merges;
- mobile commits to more than it can finish, sprint after sprint;
- data deploys seldom and does not estimate, so that some questions have too little data;
- everywhere the share of AI-assisted changes rises.
"""

from dataclasses import dataclass, replace
from datetime import date

from etl.demo.company.staff import REORGANISATION

BAD_RELEASE = date(2026, 9, 8)
"""The day of checkout's bad release."""
BURST_END = date(2026, 9, 25)
SMALL_PULLS = (date(2026, 1, 12), date(2026, 4, 13))
"""From when to when platform learns to make small pull requests."""


@dataclass(frozen=True)
class Pace:
    """How a team works at one time; hours are working hours."""

    coding_h: float
    """Median from start to the pull request, for an item of three points."""
    pickup_h: float
    """Median until somebody looks."""
    round_h: float
    """Median of one round of review."""
    second_round: float
    """Probability of a further round."""
    lines: float
    """Median size of a pull request."""
    deploys: tuple[tuple[int, float], ...]
    """Weekdays (0 = Monday) and hours (UTC) at which what is merged goes out."""
    failure: float
    """Probability that a deployment breaks something."""
    commitment: float
    """Work taken into a sprint, as a multiple of what the team can do."""
    bugs: float
    """Share of bugs in new work."""
    unplanned: float
    """Items that come into a running sprint, per engineer."""
    estimated: float = 0.96
    """Share of items with points."""
    has_pull: float = 0.8
    """Share of items that need a pull request."""
    unreviewed: float = 0.03


def _every_day(*hours: float) -> tuple[tuple[int, float], ...]:
    return tuple((day, hour) for day in range(5) for hour in hours)


_PAYMENTS = Pace(13, 3.0, 3.5, 0.25, 110, _every_day(10.5, 15.0), 0.07, 0.82, 0.16, 0.25)
_PAYMENTS_AFTER = replace(
    _PAYMENTS,
    coding_h=19,
    pickup_h=11.0,
    round_h=6.5,
    second_round=0.45,
    lines=210,
    deploys=((1, 13.5), (3, 13.5)),
    failure=0.2,
    bugs=0.24,
    unplanned=0.4,
)
_CHECKOUT = Pace(15, 4.0, 4.0, 0.3, 130, _every_day(13.0), 0.09, 0.82, 0.2, 0.3)
_CHECKOUT_BURST = replace(_CHECKOUT, deploys=_every_day(10.0, 13.0, 15.5), failure=0.6, bugs=0.4, unplanned=0.9, second_round=0.2)
_PLATFORM = Pace(24, 8.0, 7.0, 0.45, 320, ((1, 12.0), (3, 12.0)), 0.26, 0.8, 0.15, 0.2)
_PLATFORM_AFTER = replace(
    _PLATFORM,
    coding_h=11,
    pickup_h=1.8,
    round_h=2.2,
    second_round=0.12,
    lines=70,
    deploys=_every_day(9.5, 11.5, 13.5, 15.5, 16.8),
    failure=0.05,
)
_MOBILE = Pace(16, 5.0, 4.5, 0.3, 150, ((1, 11.0), (3, 11.0)), 0.2, 1.3, 0.24, 0.35)
_MOBILE_NOW = replace(_MOBILE, commitment=1.5)
_DATA = Pace(20, 9.0, 6.0, 0.3, 140, ((2, 13.0),), 0.12, 0.8, 0.18, 0.2, estimated=0.3, has_pull=0.45, unreviewed=0.2)


def _between(before: Pace, after: Pace, share: float) -> Pace:
    """A pace on the way from one to the other; releases switch at the middle."""

    def mixed(name: str) -> float:
        old, new = getattr(before, name), getattr(after, name)
        return float(old + (new - old) * share)

    smooth = ("coding_h", "pickup_h", "round_h", "second_round", "lines", "failure", "bugs", "unplanned")
    deploys = after.deploys if share >= 0.5 else before.deploys
    return replace(before, **{name: mixed(name) for name in smooth}, deploys=deploys)


def _progress(on: date, start: date, end: date) -> float:
    return min(max((on - start).days / (end - start).days, 0.0), 1.0)


def _payments(on: date) -> Pace:
    return _between(_PAYMENTS, _PAYMENTS_AFTER, _progress(on, REORGANISATION, date(2026, 7, 13)))


def _checkout(on: date) -> Pace:
    return _CHECKOUT_BURST if BAD_RELEASE <= on < BURST_END else _CHECKOUT


def _platform(on: date) -> Pace:
    return _between(_PLATFORM, _PLATFORM_AFTER, _progress(on, *SMALL_PULLS))


def _mobile(on: date) -> Pace:
    return _MOBILE_NOW if on >= date(2026, 2, 2) else _MOBILE


_PACES = {"payments": _payments, "checkout": _checkout, "platform": _platform, "mobile": _mobile}


def pace(team: str, on: date) -> Pace:
    """How `team` works on that day."""
    chosen = _PACES.get(team)
    return chosen(on) if chosen else _DATA


def ai_shares(on: date) -> tuple[float, float]:
    """Probability that a change is written by an agent, and that it is assisted."""
    share = _progress(on, date(2025, 7, 1), date(2026, 12, 31))
    return 0.09 * share, 0.06 + 0.4 * share
