"""Writes the issues, sprints and versions of one project as Jira has them at `now`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from itertools import pairwise

from etl.demo.company.backlog import quarter_starts
from etl.demo.company.clock import Dice
from etl.demo.company.jira_model import (
    Change,
    ChangeItem,
    Comment,
    Issue,
    Link,
    RemoteLink,
    Sprint,
    SprintState,
    Status,
    StatusCategory,
    Version,
    Worklog,
)
from etl.demo.company.model import Team
from etl.demo.company.plan import IssuePlan
from etl.demo.company.pull_texts import key_of
from etl.demo.company.staff import ORG, PEOPLE, TEAMS

_CATEGORIES: dict[str, StatusCategory] = {
    "Backlog": "new",
    "To Do": "new",
    "In Progress": "indeterminate",
    "Blocked": "indeterminate",
    "In Review": "indeterminate",
    "Ready for QA": "indeterminate",
    "Testing": "indeterminate",
    "Done": "done",
}
STATUSES = {name: Status(str(10_000 + turn), name, category) for turn, (name, category) in enumerate(_CATEGORIES.items())}
FIELDS = {
    "sprint": ("Sprint", "customfield_10020"),
    "points": ("Story Points", "customfield_10028"),
    "epic_link": ("Epic Link", "customfield_10014"),
    "flagged": ("Flagged", "customfield_10021"),
    "found_in": ("Found in", "customfield_10050"),
    "severity": ("Severity", "customfield_10051"),
    "cause": ("Root cause", "customfield_10052"),
    "service": ("Affected service", "customfield_10053"),
    "original_target": ("Original target", "customfield_10054"),
    "cost_of_delay": ("Cost of delay", "customfield_10055"),
    "initiative": ("Initiative", "customfield_10056"),
    "impact_start": ("Impact start", "customfield_10060"),
    "impact_end": ("Impact end", "customfield_10061"),
}
"""Name and id of the custom fields."""


@dataclass
class _State:
    """The fields of an issue that change, while its history is gone through."""

    status: str
    assignee: str | None = None
    resolution: str | None = None
    resolved_at: datetime | None = None
    points: float | None = None
    sprints: tuple[int, ...] = ()
    flagged: bool = False
    due: date | None = None
    steps: list[tuple[datetime, str, list[ChangeItem]]] = field(default_factory=list)


class ProjectHistory:
    """The Jira project of one team at `now`."""

    def __init__(self, team: Team, plans: list[IssuePlan], sprints: list[tuple[int, datetime, datetime]], now: datetime) -> None:
        self.team, self.now, self._sprint_plans = team, now, sprints
        self.plans = [plan for plan in plans if plan.created <= now and plan.number]
        self._visible = {id(plan) for plan in self.plans}
        self._blocked = {id(plan.duplicate_of): plan for plan in self.plans if plan.duplicate_of is not None}

    def issues(self) -> tuple[Issue, ...]:
        """By number."""
        return tuple(self._issue(plan) for plan in sorted(self.plans, key=lambda plan: plan.number))

    def issue_id(self, plan: IssuePlan) -> int:
        """Jira's id of an issue."""
        return TEAMS[plan.team].board * 100_000 + plan.number

    def sprint_name(self, sprint: int) -> str:
        """`PAY Sprint 12`."""
        return f"{self.team.project} Sprint {sprint - self.team.board * 1000}"

    def sprints(self) -> tuple[Sprint, ...]:
        """Closed ones, the active one and the next."""
        made = []
        for number, start, end in self._sprint_plans:
            created = start - timedelta(days=14)
            if created <= self.now:
                made.append(self._sprint(number, created, start, end))
        return tuple(made)

    def _sprint(self, number: int, created: datetime, start: datetime, end: datetime) -> Sprint:
        completed = end + timedelta(minutes=30)
        state: SprintState = "future" if start > self.now else "active" if completed > self.now else "closed"
        sprint = self.team.board * 1000 + number
        goal = Dice("goal", sprint).choice(
            ["Finish what we started", "Ready for the release", "Fewer open bugs", "Show it to customers", ""]
        )
        return Sprint(
            sprint, self.team.board, self.sprint_name(sprint), goal, state, created, start, end, completed if state == "closed" else None
        )

    def versions(self) -> tuple[Version, ...]:
        """One for each quarter; most are released in time."""
        made = []
        starts = quarter_starts(self.now + timedelta(days=92))
        for first, following in pairwise(starts):
            dice = Dice("version", self.team.key, first)
            target = following - timedelta(days=dice.randint(3, 14))
            slip = dice.choice([0, 0, -1, 0, 12, 25])
            done = target + timedelta(days=slip)
            released = done <= self.now.date()
            shown = done if released or self.now.date() > target else target
            name = f"{first.year}.Q{first.month // 3 + 1}"
            made.append(
                Version(
                    self._version_id(first),
                    self.team.project,
                    f"{self.team.project} {name}",
                    f"Original target {target}.",
                    first,
                    target,
                    shown,
                    released,
                )
            )
        return tuple(made)

    def _version_id(self, first: date) -> int:
        return self.team.board * 10_000 + (first.year - 2000) * 10 + first.month // 3

    def _fix_versions(self, plan: IssuePlan) -> tuple[int, ...]:
        if plan.type in ("Sub-task", "Epic", "Incident", "Support") or not Dice(plan.serial, "version").happens(0.4):
            return ()
        day = plan.created.date()
        return (self._version_id(date(day.year, (day.month - 1) // 3 * 3 + 1, 1)),)

    def _issue(self, plan: IssuePlan) -> Issue:
        state = self._replay(plan)
        changes = self._changes(plan, state)
        worklogs = self._worklogs(plan)
        comments = tuple(
            Comment(self.issue_id(plan) * 100 + turn, who, at, text) for turn, (at, who, text) in enumerate(plan.comments) if at <= self.now
        )
        over = plan.impact is not None and plan.impact[1] <= self.now
        return Issue(
            id=self.issue_id(plan),
            key=key_of(plan),
            project=self.team.project,
            type=plan.type,
            summary=plan.title[:255],
            description=self._description(plan),
            status=STATUSES[state.status],
            priority=plan.priority,
            created_at=plan.created,
            updated_at=_latest(plan, changes, worklogs, comments),
            creator=plan.reporter,
            reporter=plan.reporter,
            assignee=state.assignee,
            resolution=state.resolution,
            resolved_at=state.resolved_at,
            points=state.points,
            parent=self._parent(plan),
            labels=plan.labels,
            components=plan.components,
            fix_versions=self._fix_versions(plan),
            sprints=state.sprints,
            flagged=state.flagged,
            found_in=plan.found_in,
            severity=plan.severity,
            cause=plan.cause,
            service=plan.service,
            impact_start=plan.impact[0] if plan.impact else None,
            impact_end=plan.impact[1] if plan.impact and over else None,
            original_target=plan.original_target,
            due=state.due,
            cost_of_delay=plan.cost_of_delay,
            initiative=plan.initiative,
            changes=changes,
            worklogs=worklogs,
            links=self._links(plan),
            comments=comments,
            remote_links=self._remote_links(plan),
        )

    def _parent(self, plan: IssuePlan) -> str | None:
        above = plan.parent or plan.epic
        return key_of(above) if above is not None and id(above) in self._visible else None

    def _description(self, plan: IssuePlan) -> str:
        cause = self._cause(plan)
        return plan.description if cause is None or _is_linked(plan) else f"{plan.description}\n\nCaused by {cause[0]}"

    def _cause(self, plan: IssuePlan) -> tuple[str, str] | None:
        """Address and name of the pull request that caused an incident, where somebody wrote it down."""
        culprit = plan.caused_by
        if culprit is None or not culprit.number:
            return None
        return f"https://github.com/{ORG}/{culprit.repo}/pull/{culprit.number}", f"{culprit.repo}#{culprit.number}"

    def _remote_links(self, plan: IssuePlan) -> tuple[RemoteLink, ...]:
        cause = self._cause(plan)
        return (RemoteLink(self.issue_id(plan) * 10 + 5, *cause),) if cause and _is_linked(plan) and _linked_at(plan) <= self.now else ()

    def _links(self, plan: IssuePlan) -> tuple[Link, ...]:
        number, links = self.issue_id(plan) * 10, []
        if plan.duplicate_of is not None:
            links.append(Link(number, "Duplicate", "outward", key_of(plan.duplicate_of)))
        again = self._blocked.get(id(plan))
        if again is not None:
            links.append(Link(self.issue_id(again) * 10, "Duplicate", "inward", key_of(again)))
        if plan.caused_by is not None and plan.caused_by.issue is not None and plan.caused_by.issue.number:
            links.append(Link(number + 1, "Problem/Incident", "inward", key_of(plan.caused_by.issue)))
        return tuple(links)

    def _worklogs(self, plan: IssuePlan) -> tuple[Worklog, ...]:
        return tuple(
            Worklog(self.issue_id(plan) * 10 + turn, who, at - timedelta(seconds=seconds), seconds, at)
            for turn, (at, seconds, who) in enumerate(plan.worklogs)
            if at <= self.now
        )

    def _replay(self, plan: IssuePlan) -> _State:
        """Go through the plan up to `now`, noting each step as Jira's changelog does."""
        joins = plan.type not in ("Epic", "Incident", "Sub-task")
        state = _State("Backlog" if joins else "To Do")
        resolutions = dict(plan.resolutions)
        cause = self._cause(plan) if _is_linked(plan) else None
        todo: list[tuple[datetime, int, Callable[[_State], None]]] = []
        todo += [(at, 0, partial(_set_points, at=at, points=points, who=who)) for at, points, who in plan.estimates]
        todo += [(at, 1, partial(self._set_sprints, at=at, value=value, who=who)) for at, value, who in plan.sprints]
        todo += [(at, 2, partial(_set_assignee, at=at, person=person, who=who)) for at, person, who in plan.assigned]
        todo += [(at, 3, partial(_set_flag, at=at, flagged=flagged, who=who)) for at, flagged, who in plan.flags]
        todo += [(at, 4, partial(_set_due, at=at, day=day, who=who)) for at, day, who in plan.due]
        todo += [(at, 5, partial(_move, at=at, name=name, who=who, resolutions=resolutions)) for at, name, who in plan.moves]
        if cause:
            todo.append((_linked_at(plan), 6, partial(_link_remote, at=_linked_at(plan), title=cause[1], who=plan.reporter)))
        for at, _, step in sorted((entry for entry in todo if entry[0] <= self.now), key=lambda entry: entry[:2]):
            if at <= plan.created:
                _silently(state, step)
            else:
                step(state)
        return state

    def _set_sprints(self, state: _State, at: datetime, value: tuple[int, ...], who: str) -> None:
        old, new = state.sprints, value
        items = [_item("sprint", _joined(old), self._names(old), _joined(new), self._names(new))]
        if state.status == "Backlog":
            items.append(_status_item("Backlog", "To Do"))
            state.status = "To Do"
        state.sprints = value
        state.steps.append((at, who, items))

    def _names(self, sprints: tuple[int, ...]) -> str:
        return ", ".join(self.sprint_name(sprint) for sprint in sprints)

    def _changes(self, plan: IssuePlan, state: _State) -> tuple[Change, ...]:
        number = self.issue_id(plan) * 1000
        return tuple(Change(number + turn, at, who, tuple(items)) for turn, (at, who, items) in enumerate(state.steps))


def _is_linked(plan: IssuePlan) -> bool:
    """Half of the known causes are linked, the others stand in the description."""
    return plan.caused_by is not None and Dice(plan.serial, "link").happens(0.5)


def _linked_at(plan: IssuePlan) -> datetime:
    return plan.created + timedelta(minutes=40)


def _link_remote(state: _State, at: datetime, title: str, who: str) -> None:
    text = f'This issue links to "{title} (Web Link)"'
    state.steps.append((at, who, [ChangeItem("RemoteIssueLink", "RemoteIssueLink", None, None, None, text)]))


def _silently(state: _State, step: Callable[[_State], None]) -> None:
    """What is set when the issue is made is no change."""
    kept = list(state.steps)
    step(state)
    state.steps = kept


def _joined(sprints: tuple[int, ...]) -> str:
    return ", ".join(map(str, sprints))


def _item(role: str, old: str | None, old_text: str | None, new: str | None, new_text: str | None) -> ChangeItem:
    name, identifier = FIELDS[role]
    return ChangeItem(name, identifier, old, old_text, new, new_text)


def _status_item(old: str, new: str) -> ChangeItem:
    return ChangeItem("status", "status", STATUSES[old].id, old, STATUSES[new].id, new)


def _set_points(state: _State, at: datetime, points: float, who: str) -> None:
    old = None if state.points is None else f"{state.points:g}"
    state.steps.append((at, who, [_item("points", None, old, None, f"{points:g}")]))
    state.points = points


def _set_assignee(state: _State, at: datetime, person: str, who: str) -> None:
    def account(key: str | None) -> tuple[str | None, str | None]:
        return (PEOPLE[key].account_id, PEOPLE[key].name) if key else (None, None)

    if person != state.assignee:
        state.steps.append((at, who, [ChangeItem("assignee", "assignee", *account(state.assignee), *account(person))]))
        state.assignee = person


def _set_flag(state: _State, at: datetime, flagged: bool, who: str) -> None:
    word = {True: ("[10019]", "Impediment"), False: ("", "")}
    state.steps.append((at, who, [_item("flagged", *word[state.flagged], *word[flagged])]))
    state.flagged = flagged


def _latest(plan: IssuePlan, changes: Sequence[Change], worklogs: Sequence[Worklog], comments: Sequence[Comment]) -> datetime:
    """When an issue was last touched."""
    entries = (*(change.at for change in changes), *(log.created_at for log in worklogs), *(note.created_at for note in comments))
    return max((plan.created, *entries))


def _set_due(state: _State, at: datetime, day: date, who: str) -> None:
    old = state.due.isoformat() if state.due else None
    state.steps.append(
        (at, who, [ChangeItem("duedate", "duedate", old, old and f"{old} 00:00:00.0", day.isoformat(), f"{day} 00:00:00.0")])
    )
    state.due = day


def _move(state: _State, at: datetime, name: str, who: str, resolutions: dict[datetime, str | None]) -> None:
    if state.status == name:
        return
    items = [_status_item(state.status, name)]
    if at in resolutions:
        new = resolutions[at]
        items.append(
            ChangeItem(
                "resolution", "resolution", RESOLUTIONS.get(state.resolution or ""), state.resolution, RESOLUTIONS.get(new or ""), new
            )
        )
        state.resolution, state.resolved_at = new, at if new else None
    state.status = name
    state.steps.append((at, who, items))


RESOLUTIONS = {"Done": "10000", "Won't Do": "10001", "Duplicate": "10002", "Cannot Reproduce": "10003"}
"""Ids by name."""
