"""Makes the demo company: plan everything beyond `now`, number it, show the part up to `now`."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from etl.demo.company.backlog import LONG_EPIC_NUMBER
from etl.demo.company.chores import add_chores
from etl.demo.company.clock import SPRINT_HOURS, moment, working_hours
from etl.demo.company.delivery_side import DeliveryHistory
from etl.demo.company.git_side import RepositoryHistory
from etl.demo.company.jira_side import STATUSES, ProjectHistory
from etl.demo.company.model import Company
from etl.demo.company.outages import add_outside_incidents
from etl.demo.company.plan import IssuePlan, Plans, PullPlan, drop_microseconds
from etl.demo.company.shipping import ship_everything
from etl.demo.company.staff import BOARDS, MEMBERSHIPS, ORG, PEOPLE, PROJECTS, REPOSITORIES, TEAMS
from etl.demo.company.tickets import TicketPlan, plan_tickets, show_tickets
from etl.demo.company.work import TeamWork

SEED = 21


def build_company(now: datetime, seed: int = SEED) -> Company:
    """The demo company at `now` (UTC).

    The same `now` and seed give the same company; a later `now` gives the same history and more of it.
    """
    now = now.astimezone(UTC).replace(microsecond=0)
    plans, tickets = _plan(now, seed)
    histories = {name: RepositoryHistory(home, plans.pulls[name], now) for name, home in REPOSITORIES.items()}
    for history in histories.values():
        history.build()
    deliveries = {name: DeliveryHistory(history, plans, now) for name, history in histories.items()}
    projects = {team.project: ProjectHistory(team, plans.issues[key], plans.sprints[key], now) for key, team in TEAMS.items()}
    return Company(
        org=ORG,
        now=now,
        people=PEOPLE,
        memberships=MEMBERSHIPS,
        teams=TEAMS,
        repositories=REPOSITORIES,
        commits={name: history.commits for name, history in histories.items()},
        branches={name: {branch: tuple(chain.shas) for branch, chain in history.branches.items()} for name, history in histories.items()},
        pulls={name: tuple(history.pulls) for name, history in histories.items()},
        deployments={name: delivery.deployments() for name, delivery in deliveries.items()},
        tags={name: delivery.tags() for name, delivery in deliveries.items()},
        releases={name: delivery.releases() for name, delivery in deliveries.items()},
        workflows={name: tuple(delivery.workflows.values()) for name, delivery in deliveries.items()},
        runs={name: delivery.runs() for name, delivery in deliveries.items()},
        github_issues={name: show_tickets(tickets[name], now) for name in REPOSITORIES},
        statuses=tuple(STATUSES.values()),
        projects=PROJECTS,
        boards=BOARDS,
        sprints={TEAMS[key].board: projects[TEAMS[key].project].sprints() for key in TEAMS},
        versions={key: project.versions() for key, project in projects.items()},
        issues={key: project.issues() for key, project in projects.items()},
    )


def _plan(now: datetime, seed: int) -> tuple[Plans, dict[str, list[TicketPlan]]]:
    """Plans that reach beyond `now` far enough that nothing before it can still change."""
    horizon = (int(max(working_hours(now), 0) / SPRINT_HOURS) + 2) * SPRINT_HOURS
    plans = Plans()
    for team in TEAMS:
        TeamWork(team, plans, horizon, seed).run()
    add_chores(plans, horizon, seed)
    ship_everything(plans, horizon, seed)
    add_outside_incidents(plans, moment(horizon), seed)
    drop_microseconds(plans)
    tickets = plan_tickets(horizon, seed)
    for issues in plans.issues.values():
        _number_issues(issues)
    for repo, pulls in plans.pulls.items():
        _number_pulls(pulls, tickets[repo])
    return plans, tickets


def _number_issues(issues: list[IssuePlan]) -> None:
    """In order of creation; the long epic takes its reserved number."""
    ordered = sorted(
        (issue for issue in issues if not issue.serial.endswith("/epic/long")), key=lambda issue: (issue.created, issue.serial)
    )
    reserved = [issue for issue in issues if issue.serial.endswith("/epic/long")]
    for epic in reserved:
        if len(ordered) >= LONG_EPIC_NUMBER - 1:
            _insert_long(epic, ordered)
    for number, issue in enumerate(ordered, 1):
        issue.number = number


def _insert_long(epic: IssuePlan, ordered: list[IssuePlan]) -> None:
    before = ordered[LONG_EPIC_NUMBER - 2].created
    moved = before - epic.created
    epic.created = before
    epic.due[0] = (before, *epic.due[0][1:])
    epic.assigned[:] = [(at + moved + timedelta(minutes=30), person, who) for at, person, who in epic.assigned]
    ordered.insert(LONG_EPIC_NUMBER - 1, epic)


def _number_pulls(pulls: list[PullPlan], tickets: list[TicketPlan]) -> None:
    both: Iterable[PullPlan | TicketPlan] = [*(pull for pull in pulls if pull.kind != "direct"), *tickets]
    for number, entry in enumerate(sorted(both, key=lambda entry: (entry.opened, entry.serial)), 1):
        entry.number = number
