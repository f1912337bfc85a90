"""Work without a ticket: dependency updates by bots, small fixes, direct commits."""

from datetime import timedelta

from etl.demo.company import words
from etl.demo.company.clock import WEEK_HOURS, Dice, day_of, moment
from etl.demo.company.plan import Plans, PullPlan
from etl.demo.company.reviewing import abandon, choose_reviewer, merge, review
from etl.demo.company.staff import DEPENDABOT, RENOVATE, REPOSITORIES, crew
from etl.demo.company.stories import pace

_BOT_UPDATES = {
    "payments-api": 1.0,
    "checkout-web": 1.3,
    "platform-core": 0.8,
    "mobile-app": 0.9,
    "data-pipeline": 0.4,
    "infra": 0.5,
    "docs": 0.1,
    "design-system": 0.6,
}
_CHORES = {
    "docs": 1.0,
    "infra": 0.7,
    "design-system": 0.5,
    "payments-api": 0.3,
    "checkout-web": 0.3,
    "platform-core": 0.3,
    "mobile-app": 0.3,
    "data-pipeline": 0.2,
}


def add_chores(plans: Plans, horizon_h: float, seed: int) -> None:
    """Pull requests and commits of every week up to the horizon."""
    for week in range(int(horizon_h / WEEK_HOURS)):
        for repo in REPOSITORIES:
            dice = Dice(seed, "chores", repo, week)
            kept = plans.pulls.setdefault(repo, [])
            for turn in range(dice.times(_BOT_UPDATES[repo])):
                kept.append(_update(repo, f"{repo}/{week}/update/{turn}", week, dice))
            for turn in range(dice.times(_CHORES[repo])):
                kept.append(_chore(repo, f"{repo}/{week}/chore/{turn}", week, dice))
            if repo in ("docs", "infra") and dice.happens(0.25):
                kept.append(_direct(repo, f"{repo}/{week}/direct", week, dice))


def _start(week: int, dice: Dice) -> float:
    return week * WEEK_HOURS + dice.random() * WEEK_HOURS


def _update(repo: str, serial: str, week: int, dice: Dice) -> PullPlan:
    home, hour = REPOSITORIES[repo], _start(week, dice)
    _, title = words.bump(dice)
    author = RENOVATE if repo in ("infra", "design-system") else DEPENDABOT
    pull = PullPlan(
        repo=repo,
        team=home.team,
        serial=serial,
        kind="dependency",
        author=author,
        opened=moment(hour),
        commits=[moment(hour) - timedelta(minutes=1)],
        title=title,
        base=home.work_branch,
        lines=dice.randint(2, 400),
        labels=("dependencies",),
    )
    reviewer = choose_reviewer(home.team, author, hour, dice)
    pull.reviews.append((moment(hour + dice.around(5, 0.9)), reviewer, "APPROVED"))
    merge(pull, hour + dice.around(14, 0.9), reviewer)
    pull.reviews[:] = [entry for entry in pull.reviews if pull.merged and entry[0] < pull.merged]
    if dice.happens(0.13):
        abandon(pull, hour + dice.uniform(60, 260))
    return pull


def _chore(repo: str, serial: str, week: int, dice: Dice) -> PullPlan:
    home, hour = REPOSITORIES[repo], _start(week, dice)
    author = dice.choice(crew(home.team, day_of(hour)))
    title = words.item_title(home.team, dice.choice(["Task", "Tech Debt", "Improvement"]), dice)
    first = moment(hour - dice.around(2))
    pull = PullPlan(
        repo=repo,
        team=home.team,
        serial=serial,
        kind="chore",
        author=author,
        opened=moment(hour),
        commits=[first],
        title=title,
        base=home.work_branch,
        lines=max(int(dice.around(25, 0.9)), 1),
        labels=("documentation",) if repo == "docs" else (),
    )
    if repo == "docs" and dice.happens(0.5):
        merge(pull, hour + dice.around(0.5), author)
    else:
        review(pull, hour, pace(home.team, day_of(hour)), dice)
    return pull


def _direct(repo: str, serial: str, week: int, dice: Dice) -> PullPlan:
    home, hour = REPOSITORIES[repo], _start(week, dice)
    author = dice.choice(crew(home.team, day_of(hour)))
    pull = PullPlan(
        repo=repo,
        team=home.team,
        serial=serial,
        kind="direct",
        author=author,
        opened=moment(hour),
        commits=[moment(hour)],
        title="Fix typo",
        lines=2,
    )
    merge(pull, hour, author)
    return pull
