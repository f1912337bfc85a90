"""What the demo company consists of, as it is at one instant (`Company.now`).

Nothing here lies after `now`: an open pull request has no `merged_at` even if the plan of the generator knows one. All instants are
timezone-aware UTC, without microseconds. People are named by `Person.key`, repositories by their short name, issues by their key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Literal

from etl.demo.company.jira_model import Board, Comment, Issue, Project, Sprint, Status, Version

PersonKind = Literal["human", "bot", "agent"]
MergeMethod = Literal["squash", "merge", "rebase"]
ReviewState = Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED"]
EventKind = Literal[
    "ready_for_review", "convert_to_draft", "review_requested", "head_ref_force_pushed", "closed", "reopened", "merged", "labeled"
]
DeploymentState = Literal["queued", "pending", "in_progress", "success", "failure", "error", "inactive"]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody or something that works here, with its accounts at GitHub, Jira and in Git."""

    key: str
    id: int
    """GitHub's database id."""
    name: str
    kind: PersonKind
    login: str
    """GitHub login; of bots with `[bot]`."""
    email: str
    git_emails: tuple[str, ...]
    """Addresses in commits, the usual one first; may hold a GitHub no-reply address."""
    account_id: str | None
    """Jira account; None for those who are not in Jira."""
    joined: date
    left: date | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """One stay in a team, half-open [start, end)."""

    person: str
    team: str
    start: date
    end: date | None = None
    allocation: float = 1.0


@dataclass(frozen=True, slots=True)
class Team:
    """A team, its GitHub slug and its Jira project and board."""

    key: str
    id: int
    name: str
    project: str
    board: int


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository of the organisation and how work gets through it."""

    id: int
    name: str
    description: str
    team: str
    created_at: datetime
    merge_method: MergeMethod = "squash"
    default_branch: str = "main"
    work_branch: str = "main"
    """Where feature pull requests go; `develop` where promotion pull requests carry them on."""
    is_service: bool = True
    archived: bool = False
    private: bool = True
    language: str = "Python"

    @property
    def base_differs(self) -> bool:
        """Whether feature work goes to another branch than the default one."""
        return self.work_branch != self.default_branch


@dataclass(frozen=True, slots=True)
class FileChange:
    """A changed file of a pull request."""

    path: str
    additions: int
    deletions: int
    status: Literal["added", "modified", "removed", "renamed"] = "modified"


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit; `committer` differs from `author` where GitHub made it (squash, web merge)."""

    sha: str
    repo: str
    author: str
    author_email: str
    committer: str
    authored_at: datetime
    committed_at: datetime
    message: str
    parents: tuple[str, ...]
    additions: int = 0
    deletions: int = 0


@dataclass(frozen=True, slots=True)
class Review:
    """A submitted review."""

    id: int
    reviewer: str
    state: ReviewState
    submitted_at: datetime
    commit_sha: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on the timeline of a pull request or issue.

    `subject`: the requested reviewer, the label, or the new head sha of a force push; for `merged` the merge commit.
    """

    id: int
    kind: EventKind
    at: datetime
    actor: str
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request with everything in it, as of `Company.now`."""

    id: int
    repo: str
    number: int
    title: str
    body: str
    author: str
    created_at: datetime
    updated_at: datetime
    created_as_draft: bool
    is_draft: bool
    base_ref: str
    base_sha: str
    head_ref: str
    labels: tuple[str, ...]
    assignees: tuple[str, ...]
    requested_reviewers: tuple[str, ...]
    """Asked and not yet answered."""
    commits: tuple[Commit, ...]
    """On the branch, oldest first; never empty."""
    files: tuple[FileChange, ...]
    reviews: tuple[Review, ...]
    comments: tuple[Comment, ...]
    events: tuple[Event, ...]
    closed_at: datetime | None = None
    merged_at: datetime | None = None
    merged_by: str | None = None
    merge_sha: str | None = None
    """The commit on the base branch: the squash commit, the merge commit, or the last rebased one."""

    @property
    def state(self) -> Literal["open", "closed", "merged"]:
        """Open, merged, or closed without a merge."""
        if self.merged_at is not None:
            return "merged"
        return "open" if self.closed_at is None else "closed"

    @property
    def head_sha(self) -> str:
        """The last commit of the branch."""
        return self.commits[-1].sha

    @property
    def additions(self) -> int:
        """Added lines over all files."""
        return sum(change.additions for change in self.files)

    @property
    def deletions(self) -> int:
        """Removed lines over all files."""
        return sum(change.deletions for change in self.files)


@dataclass(frozen=True, slots=True)
class DeploymentStatus:
    """One status of a deployment."""

    id: int
    state: DeploymentState
    created_at: datetime
    description: str = ""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A GitHub deployment; `statuses` oldest first."""

    id: int
    repo: str
    sha: str
    ref: str
    environment: str
    task: str
    created_at: datetime
    updated_at: datetime
    creator: str
    statuses: tuple[DeploymentStatus, ...]
    description: str = ""
    payload: Mapping[str, str] = field(default_factory=dict)
    production: bool = False


@dataclass(frozen=True, slots=True)
class Tag:
    """A Git tag."""

    repo: str
    name: str
    sha: str
    tagged_at: datetime
    tagger: str


@dataclass(frozen=True, slots=True)
class Release:
    """A GitHub release; a draft has no `published_at`."""

    id: int
    repo: str
    tag: str
    name: str
    body: str
    sha: str
    author: str
    created_at: datetime
    published_at: datetime | None
    draft: bool = False
    prerelease: bool = False


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow file of GitHub Actions."""

    id: int
    repo: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class WorkflowRun:
    """The latest attempt of a run; `conclusion` is None while it runs."""

    id: int
    repo: str
    workflow: Workflow
    number: int
    event: str
    branch: str
    sha: str
    title: str
    status: Literal["queued", "in_progress", "completed"]
    conclusion: Literal["success", "failure", "cancelled"] | None
    attempt: int
    created_at: datetime
    started_at: datetime
    updated_at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class GithubIssue:
    """An issue at GitHub; shares its numbers with the pull requests of the repository."""

    id: int
    repo: str
    number: int
    title: str
    body: str
    author: str
    created_at: datetime
    updated_at: datetime
    labels: tuple[str, ...]
    assignees: tuple[str, ...]
    events: tuple[Event, ...]
    comments: tuple[Comment, ...]
    closed_at: datetime | None = None
    state_reason: Literal["completed", "not_planned"] | None = None


@dataclass(frozen=True)
class Company:
    """Everything there is at `now`; sequences are ordered by creation, oldest first."""

    org: str
    now: datetime
    people: Mapping[str, Person]
    memberships: tuple[Membership, ...]
    teams: Mapping[str, Team]
    repositories: Mapping[str, Repository]
    commits: Mapping[str, Mapping[str, Commit]]
    """By repository and sha: those of the branches and of all pull requests."""
    branches: Mapping[str, Mapping[str, tuple[str, ...]]]
    """By repository and long-lived branch: its first-parent chain of shas, oldest first; the last one is the head."""
    pulls: Mapping[str, tuple[PullRequest, ...]]
    deployments: Mapping[str, tuple[Deployment, ...]]
    tags: Mapping[str, tuple[Tag, ...]]
    releases: Mapping[str, tuple[Release, ...]]
    workflows: Mapping[str, tuple[Workflow, ...]]
    runs: Mapping[str, tuple[WorkflowRun, ...]]
    github_issues: Mapping[str, tuple[GithubIssue, ...]]
    statuses: tuple[Status, ...]
    projects: Mapping[str, Project]
    boards: Mapping[int, Board]
    sprints: Mapping[int, tuple[Sprint, ...]]
    """By board."""
    versions: Mapping[str, tuple[Version, ...]]
    issues: Mapping[str, tuple[Issue, ...]]
    """By project; keys ascend."""

    @cached_property
    def issues_by_key(self) -> Mapping[str, Issue]:
        """Every issue by its key."""
        return {issue.key: issue for issues in self.issues.values() for issue in issues}

    @cached_property
    def people_by_login(self) -> Mapping[str, Person]:
        """Every person by GitHub login."""
        return {person.login: person for person in self.people.values()}

    def members(self, team: str, on: date) -> tuple[Person, ...]:
        """Who is in `team` on that day."""
        return tuple(
            self.people[stay.person]
            for stay in self.memberships
            if stay.team == team and stay.start <= on and (stay.end is None or on < stay.end)
        )
