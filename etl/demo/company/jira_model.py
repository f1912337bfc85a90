"""What the demo company has in Jira, as it is at `Company.now`. All instants are UTC without microseconds."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

SprintState = Literal["future", "active", "closed"]
StatusCategory = Literal["new", "indeterminate", "done"]


@dataclass(frozen=True, slots=True)
class Comment:
    """A plain comment on a pull request or issue."""

    id: int
    author: str
    created_at: datetime
    body: str


@dataclass(frozen=True, slots=True)
class Status:
    """A Jira status."""

    id: str
    name: str
    category: StatusCategory


@dataclass(frozen=True, slots=True)
class Project:
    """A Jira project."""

    id: int
    key: str
    name: str
    lead: str
    components: tuple[str, ...]
    board: int


@dataclass(frozen=True, slots=True)
class Board:
    """A Scrum board of a project."""

    id: int
    name: str
    project: str


@dataclass(frozen=True, slots=True)
class Sprint:
    """A sprint of a board; `started_at` is None for future ones."""

    id: int
    board: int
    name: str
    goal: str
    state: SprintState
    created_at: datetime
    starts_at: datetime
    """Planned or real start, as Jira's `startDate`."""
    ends_at: datetime
    """Planned end, as Jira's `endDate`."""
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a project; `original_target` is what was first promised."""

    id: int
    project: str
    name: str
    description: str
    start: date
    original_target: date
    target: date
    """Today's target, or the day of release."""
    released: bool = False
    archived: bool = False


@dataclass(frozen=True, slots=True)
class ChangeItem:
    """One changed field, in the words of Jira's changelog; `old`, `new` are ids, `old_text`, `new_text` what people see."""

    field: str
    field_id: str
    old: str | None
    old_text: str | None
    new: str | None
    new_text: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of an issue's changelog."""

    id: int
    at: datetime
    author: str
    items: tuple[ChangeItem, ...]


@dataclass(frozen=True, slots=True)
class Worklog:
    """Time somebody logged."""

    id: int
    author: str
    started_at: datetime
    seconds: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """A link to another issue, seen from this one: `outward` reads "this blocks that"."""

    id: int
    kind: Literal["Blocks", "Duplicate", "Relates", "Problem/Incident"]
    direction: Literal["inward", "outward"]
    other: str


@dataclass(frozen=True, slots=True)
class RemoteLink:
    """A link to something outside of Jira."""

    id: int
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class Issue:
    """A Jira issue with its history, as of `Company.now`; `description` is plain text."""

    id: int
    key: str
    project: str
    type: str
    """Epic, Story, Task, Bug, Incident, Sub-task, Tech Debt, Improvement, Security or Support."""
    summary: str
    description: str
    status: Status
    priority: str
    created_at: datetime
    updated_at: datetime
    creator: str
    reporter: str
    assignee: str | None = None
    resolution: str | None = None
    resolved_at: datetime | None = None
    points: float | None = None
    parent: str | None = None
    """The epic of an item, the item of a sub-task."""
    labels: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    fix_versions: tuple[int, ...] = ()
    sprints: tuple[int, ...] = ()
    """All sprints it has been in and is in, oldest first, as Jira's sprint field tells it."""
    flagged: bool = False
    found_in: str | None = None
    severity: str | None = None
    cause: str | None = None
    service: str | None = None
    impact_start: datetime | None = None
    impact_end: datetime | None = None
    original_target: date | None = None
    due: date | None = None
    cost_of_delay: float | None = None
    """Euros a week."""
    initiative: str | None = None
    changes: tuple[Change, ...] = ()
    """Oldest first."""
    worklogs: tuple[Worklog, ...] = ()
    links: tuple[Link, ...] = ()
    remote_links: tuple[RemoteLink, ...] = ()
    comments: tuple[Comment, ...] = ()
