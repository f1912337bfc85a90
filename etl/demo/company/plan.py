"""What will have happened, before it is cut at `now`: the plans that the simulation makes and the histories are written from.

A plan holds its whole future, decided by dice of its own; `Company` shows the part up to `now`. So a later day shows the same past.
"""

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, Literal

from etl.demo.company.model import ReviewState

PullKind = Literal["feature", "dependency", "promotion", "hotfix", "revert", "chore", "direct"]
AiLevel = Literal["none", "assisted", "agent"]


@dataclass(slots=True, eq=False)
class IssuePlan:
    """A Jira issue to be; lists are in the order of time."""

    team: str
    serial: str
    """Names the dice of this issue; never shown."""
    type: str
    created: datetime
    reporter: str
    title: str
    priority: str = "Medium"
    size: float = 1.0
    """Work relative to an item of three points."""
    epic: "IssuePlan | None" = None
    parent: "IssuePlan | None" = None
    labels: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    found_in: str | None = None
    severity: str | None = None
    cause: str | None = None
    service: str | None = None
    impact: tuple[datetime, datetime] | None = None
    original_target: date | None = None
    cost_of_delay: float | None = None
    initiative: str | None = None
    description: str = ""
    intake: tuple[datetime, datetime] | None = None
    """Of epics: from when to when new items join."""
    estimates: list[tuple[datetime, float, str]] = field(default_factory=list)
    moves: list[tuple[datetime, str, str]] = field(default_factory=list)
    """(when, status, who)."""
    resolutions: list[tuple[datetime, str | None]] = field(default_factory=list)
    assigned: list[tuple[datetime, str, str]] = field(default_factory=list)
    """(when, to whom, by whom)."""
    sprints: list[tuple[datetime, tuple[int, ...], str]] = field(default_factory=list)
    """(when, the whole sprint field from then on, who)."""
    flags: list[tuple[datetime, bool, str]] = field(default_factory=list)
    due: list[tuple[datetime, date, str]] = field(default_factory=list)
    worklogs: list[tuple[datetime, int, str]] = field(default_factory=list)
    comments: list[tuple[datetime, str, str]] = field(default_factory=list)
    children: "list[IssuePlan]" = field(default_factory=list)
    pulls: "list[PullPlan]" = field(default_factory=list)
    caused_by: "PullPlan | None" = None
    duplicate_of: "IssuePlan | None" = None
    version: int | None = None
    cancelled_at: datetime | None = None
    number: int = 0

    @property
    def done_at(self) -> datetime | None:
        """When it is finished for good, if the plan knows."""
        return self.moves[-1][0] if self.moves and self.moves[-1][1] == "Done" else None

    def status_at(self, when: datetime) -> str:
        """The status in force at that instant."""
        status = "Backlog"
        for at, name, _ in self.moves:
            if at <= when:
                status = name
        return status


@dataclass(slots=True, eq=False)
class PullPlan:
    """A pull request to be, or a direct commit."""

    repo: str
    team: str
    serial: str
    kind: PullKind
    author: str
    opened: datetime
    commits: list[datetime]
    """Author dates, oldest first; those after `opened` are pushes."""
    title: str = ""
    base: str = "main"
    issue: IssuePlan | None = None
    requester: str | None = None
    """The human behind an agent's pull request."""
    draft_until: datetime | None = None
    reviews: list[tuple[datetime, str, ReviewState]] = field(default_factory=list)
    requests: list[tuple[datetime, str]] = field(default_factory=list)
    comments: list[tuple[datetime, str, str]] = field(default_factory=list)
    closings: list[tuple[datetime, Literal["closed", "reopened"], str]] = field(default_factory=list)
    merged: datetime | None = None
    merged_by: str | None = None
    lines: int = 10
    ai: AiLevel = "none"
    labels: tuple[str, ...] = ()
    reverts: "PullPlan | None" = None
    force_pushed: datetime | None = None
    number: int = 0

    @property
    def in_charge(self) -> str:
        """The human who answers for it."""
        return self.requester or self.author


@dataclass(slots=True, eq=False)
class DeployPlan:
    """A deployment to be: what was the head of the deployed branch after `head`."""

    repo: str
    environment: str
    head: PullPlan
    created: datetime
    statuses: list[tuple[datetime, str]]
    task: str = "deploy"
    description: str = ""


@dataclass(slots=True, eq=False)
class ReleasePlan:
    """A release to be, with its tag."""

    repo: str
    tag: str
    head: PullPlan
    created: datetime
    published: datetime | None
    prerelease: bool = False
    pulls: tuple[PullPlan, ...] = ()


@dataclass(slots=True, eq=False)
class RunPlan:
    """A workflow run to be."""

    repo: str
    workflow: str
    head: PullPlan
    created: datetime
    minutes: float
    conclusion: Literal["success", "failure", "cancelled"]
    attempt: int = 1


@dataclass(slots=True)
class Plans:
    """Everything that will have happened."""

    issues: dict[str, list[IssuePlan]] = field(default_factory=dict)
    """By team."""
    pulls: dict[str, list[PullPlan]] = field(default_factory=dict)
    """By repository."""
    deployments: list[DeployPlan] = field(default_factory=list)
    releases: list[ReleasePlan] = field(default_factory=list)
    runs: list[RunPlan] = field(default_factory=list)
    sprints: dict[str, list[tuple[int, datetime, datetime]]] = field(default_factory=dict)
    """By team: number, start, planned end."""


def drop_microseconds(plans: Plans) -> None:
    """Cut every instant to the whole second, as GitHub shows it."""
    groups: list[list[Any]] = [*plans.issues.values(), *plans.pulls.values(), plans.deployments, plans.releases, plans.runs]
    for group in groups:
        for plan in group:
            for name in _timed(type(plan)):
                setattr(plan, name, _cut(getattr(plan, name)))


def _timed(kind: type) -> list[str]:
    return [entry.name for entry in fields(kind) if "datetime" in str(entry.type)]


def _cut(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(microsecond=0)
    if isinstance(value, (list, tuple)):
        return type(value)(_cut(entry) for entry in value)
    return value
