"""How a pull request of a person comes about: drafts, commits, pushes, reviews, merge. Times are working hours."""

from dataclasses import dataclass

from etl.demo.company.clock import Dice, day_of, moment
from etl.demo.company.plan import AiLevel, IssuePlan, PullPlan
from etl.demo.company.staff import AI_REVIEWER, CLAUDE, COPILOT, LEADS, REPOSITORIES, SERVICE_OF, TEAMS, crew
from etl.demo.company.stories import Pace, ai_shares

_SIDE_WORK = {
    "platform": [("infra", 0.2), ("docs", 0.05)],
    "checkout": [("design-system", 0.12), ("docs", 0.02)],
    "payments": [("infra", 0.05)],
    "mobile": [("design-system", 0.05)],
    "data": [("infra", 0.05)],
}


@dataclass(frozen=True)
class Coding:
    """Who works on what, from when until the pull request is offered."""

    issue: IssuePlan
    author: str
    start_h: float
    ready_h: float
    pace: Pace


def choose_repository(team: str, dice: Dice) -> str:
    """Mostly the service of the team."""
    roll = dice.random()
    for name, share in _SIDE_WORK[team]:
        if roll < share:
            return name
        roll -= share
    return SERVICE_OF[team]


def choose_reviewer(team: str, author: str, hour: float, dice: Dice) -> str:
    """A colleague, now and then of another team."""
    day = day_of(hour)
    asked = team if dice.happens(0.9) else dice.choice(list(TEAMS))
    others = [person for person in crew(asked, day) if person != author] or [lead for lead in LEADS.values() if lead != author]
    return dice.choice(others)


def open_pull(coding: Coding, dice: Dice) -> PullPlan:
    """The pull request of an item as it is offered; `review` takes it on from `coding.ready_h`."""
    issue, pace = coding.issue, coding.pace
    span = coding.ready_h - coding.start_h
    first = coding.start_h + span * dice.uniform(0.35, 0.8)
    drafted = dice.happens(0.18)
    opened = coding.ready_h - (coding.ready_h - first) * 0.5 if drafted else coding.ready_h
    author, requester, level = _authorship(coding, dice)
    repo = choose_repository(issue.team, dice)
    lines = max(int(dice.around(pace.lines * issue.size, 0.8)), 1)
    count = min(max(int(dice.around(1 + lines / 90, 0.5)), 1), 12)
    commits = sorted(first + (coding.ready_h - 0.1 - first) * dice.random() for _ in range(count - 1))
    pull = PullPlan(
        repo=repo,
        team=issue.team,
        serial=f"{issue.serial}/pull",
        kind="feature",
        author=author,
        requester=requester,
        ai=level,
        issue=issue,
        lines=lines,
        opened=moment(opened),
        commits=[moment(hour) for hour in [first, *commits]],
        base=REPOSITORIES[repo].work_branch,
        draft_until=moment(coding.ready_h) if drafted else None,
    )
    issue.pulls.append(pull)
    return pull


def _authorship(coding: Coding, dice: Dice) -> tuple[str, str | None, AiLevel]:
    agent, assisted = ai_shares(day_of(coding.ready_h))
    roll = dice.random()
    if roll < agent:
        return dice.choice([COPILOT, COPILOT, CLAUDE]), coding.author, "agent"
    return coding.author, None, "assisted" if roll < agent + assisted else "none"


def review(pull: PullPlan, ready_h: float, pace: Pace, dice: Dice) -> float:
    """Fill in reviews and the merge; returns the hour of the merge."""
    reviewer = choose_reviewer(pull.team, pull.in_charge, ready_h, dice)
    if dice.happens(pace.unreviewed):
        return merge(pull, ready_h + dice.around(1.5), pull.in_charge)
    pull.requests.append((moment(ready_h + 0.02), reviewer))
    if dice.happens(0.15):
        pull.reviews.append((moment(ready_h + 0.1), AI_REVIEWER, "COMMENTED"))
    hour = ready_h + dice.around(pace.pickup_h, 0.8)
    rounds = 0
    while rounds < 4 and dice.happens(pace.second_round):
        hour = _another_round(pull, reviewer, hour, pace, dice)
        rounds += 1
    if dice.happens(0.12):
        second = choose_reviewer(pull.team, pull.in_charge, hour, dice)
        if second != reviewer:
            pull.reviews.append((moment(hour - 0.2), second, "COMMENTED"))
    pull.reviews.append((moment(hour), reviewer, "APPROVED"))
    return merge(pull, hour + dice.around(pace.round_h * 0.4), dice.choice([pull.in_charge, pull.in_charge, reviewer]))


def _another_round(pull: PullPlan, reviewer: str, hour: float, pace: Pace, dice: Dice) -> float:
    pull.reviews.append((moment(hour), reviewer, "CHANGES_REQUESTED" if dice.happens(0.6) else "COMMENTED"))
    pull.comments.append((moment(hour + 0.3), pull.in_charge, "Good point, I will change that."))
    push = hour + dice.around(pace.round_h * 0.6)
    pull.commits.append(moment(push))
    if dice.happens(0.08):
        pull.force_pushed = moment(push)
    return push + dice.around(pace.round_h * 0.6)


def merge(pull: PullPlan, hour: float, who: str) -> float:
    """Merge at that hour; returns it."""
    pull.merged, pull.merged_by = moment(hour), who
    return hour


def abandon(pull: PullPlan, hour: float) -> None:
    """Never merged: left lying, then closed at `hour`."""
    first = pull.reviews[:1]
    pull.reviews[:] = first
    pull.commits[:] = [at for at in pull.commits if not first or at <= first[0][0]] or pull.commits[:1]
    pull.merged = pull.merged_by = pull.force_pushed = None
    pull.closings.append((moment(hour), "closed", pull.in_charge))


def reopen_once(pull: PullPlan, dice: Dice) -> None:
    """Closed by mistake and opened again, between opening and merge."""
    if pull.merged is None:
        return
    gap = (pull.merged - pull.opened) / 4
    pull.closings += [
        (pull.opened + gap, "closed", pull.in_charge),
        (pull.opened + 2 * gap * dice.uniform(0.8, 1.0), "reopened", pull.in_charge),
    ]
