"""Issues at GitHub: questions and bugs in the repositories that outsiders see."""

from dataclasses import dataclass
from datetime import datetime

from etl.demo.company import words
from etl.demo.company.clock import WEEK_HOURS, Dice, day_of, moment
from etl.demo.company.model import Event, GithubIssue
from etl.demo.company.staff import REPOSITORIES, crew

_A_WEEK = {"docs": 0.7, "design-system": 1.2, "infra": 0.5}
_TITLES = ("Typo in", "Question about", "Wrong colour in", "Please document", "Example fails for")


@dataclass(slots=True, eq=False)
class TicketPlan:
    """A GitHub issue to be."""

    repo: str
    serial: str
    author: str
    opened: datetime
    title: str
    labels: tuple[str, ...]
    closed: datetime | None
    closer: str
    completed: bool
    number: int = 0


def plan_tickets(horizon_h: float, seed: int) -> dict[str, list[TicketPlan]]:
    """By repository; most have none."""
    made: dict[str, list[TicketPlan]] = {name: [] for name in REPOSITORIES}
    for repo, mean in _A_WEEK.items():
        for week in range(int(horizon_h / WEEK_HOURS)):
            dice = Dice(seed, "tickets", repo, week)
            made[repo] += [_ticket(repo, f"{repo}/{week}/ticket/{turn}", week, dice) for turn in range(dice.times(mean))]
    return made


def _ticket(repo: str, serial: str, week: int, dice: Dice) -> TicketPlan:
    home, hour = REPOSITORIES[repo], (week + dice.random()) * WEEK_HOURS
    people = crew(home.team, day_of(hour))
    title = f"{dice.choice(_TITLES)} {words.sub_task_title(home.team, dice).lower()}"
    closed = moment(hour + dice.around(60, 1.2)) if dice.happens(0.85) else None
    return TicketPlan(
        repo,
        serial,
        dice.choice(people),
        moment(hour),
        title,
        (dice.choice(["bug", "question", "enhancement"]),),
        closed,
        dice.choice(people),
        dice.happens(0.8),
    )


def show_tickets(plans: list[TicketPlan], now: datetime) -> tuple[GithubIssue, ...]:
    """As they are at `now`, by number."""
    return tuple(_show(plan, now) for plan in sorted(plans, key=lambda plan: plan.number) if plan.opened <= now)


def _show(plan: TicketPlan, now: datetime) -> GithubIssue:
    number = (REPOSITORIES[plan.repo].id % 1000) * 10_000_000 + 3_000_000_000 + plan.number * 100
    closed = plan.closed if plan.closed is not None and plan.closed <= now else None
    events: tuple[Event, ...] = (Event(number, "labeled", plan.opened, plan.author, plan.labels[0]),)
    if closed is not None:
        events += (Event(number + 1, "closed", closed, plan.closer),)
    return GithubIssue(
        number,
        plan.repo,
        plan.number,
        plan.title,
        "Seen on the latest version.",
        plan.author,
        plan.opened,
        closed or plan.opened,
        plan.labels,
        (),
        events,
        (),
        closed,
        ("completed" if plan.completed else "not_planned") if closed else None,
    )
