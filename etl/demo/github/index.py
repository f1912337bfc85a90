"""The demo company, looked up the way GitHub's API asks for it: sorted once, found at once."""

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar

from etl.demo.company.model import Commit, Company, Deployment, Person, PullRequest, Repository

T = TypeVar("T")
WEB = "https://github.example"


def iso(at: datetime | None) -> str | None:
    """An instant as GitHub writes it."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Index:
    """Answers to lookups in a company; each list is sorted when it is first asked for."""

    company: Company
    _sorted: dict[tuple[Any, ...], Sequence[Any]] = field(default_factory=dict)

    def person(self, key: str) -> Person:
        """Somebody by key."""
        return self.company.people[key]

    def repository(self, name: str) -> Repository | None:
        """A repository by short name, without case."""
        return self._repositories_folded.get(name.casefold())

    @cached_property
    def _repositories_folded(self) -> Mapping[str, Repository]:
        return {name.casefold(): repository for name, repository in self.company.repositories.items()}

    def ordered(self, kind: str, repo: str, records: Sequence[T], by: Callable[[T], Any], *, newest_first: bool) -> Sequence[T]:
        """The records of a repository in an order, remembered."""
        key = (kind, repo, newest_first)
        if key not in self._sorted:
            self._sorted[key] = sorted(records, key=by, reverse=newest_first)
        return self._sorted[key]

    def history(self, repo: str) -> Sequence[Commit]:
        """Every commit that the default branch reaches, newest first, children before parents, as `git log` lists them."""
        key = ("history", repo, True)
        if key not in self._sorted:
            branch = self.company.branches[repo].get(self.company.repositories[repo].default_branch) or ()
            self._sorted[key] = _walk(self.company.commits[repo], branch[-1]) if branch else []
        return self._sorted[key]

    def reachable(self, repo: str, sha: str) -> set[str]:
        """Every commit that a commit reaches, itself too."""
        return set(_children_count(self.company.commits[repo], sha))

    def default_head(self, repo: str) -> Commit | None:
        """The newest commit of the default branch."""
        history = self.history(repo)
        return history[0] if history else None

    def pushed_at(self, repo: str) -> datetime:
        """When something was last pushed: a commit of a branch or a tag."""
        instants = [commit.committed_at for commit in self.company.commits[repo].values()]
        instants += [tag.tagged_at for tag in self.company.tags.get(repo, ())]
        return max(instants, default=self.company.repositories[repo].created_at)

    @cached_property
    def repositories_by_id(self) -> Mapping[int, Repository]:
        """Every repository by database id."""
        return {one.id: one for one in self.company.repositories.values()}

    @cached_property
    def pulls_by_id(self) -> Mapping[int, PullRequest]:
        """Every pull request by database id."""
        return {pull.id: pull for pulls in self.company.pulls.values() for pull in pulls}

    @cached_property
    def pulls_by_number(self) -> Mapping[tuple[str, int], PullRequest]:
        """Every pull request by repository and number."""
        return {(repo, pull.number): pull for repo, pulls in self.company.pulls.items() for pull in pulls}

    @cached_property
    def deployments_by_id(self) -> Mapping[tuple[str, int], Deployment]:
        """Every deployment by repository and id."""
        return {(repo, one.id): one for repo, found in self.company.deployments.items() for one in found}

    def team_repositories(self, team: str) -> list[Repository]:
        """What a team owns."""
        return [repository for repository in self.company.repositories.values() if repository.team == team]

    def team_members(self, team: str) -> Sequence[Person]:
        """Who is in a team today."""
        return [person for person in self.company.members(team, self.company.now.date()) if person.kind == "human"]

    @cached_property
    def members(self) -> list[Person]:
        """The people of the organisation who have not left."""
        today = self.company.now.date()
        return [
            person
            for person in self.company.people.values()
            if person.kind == "human" and person.joined <= today and (person.left is None or today < person.left)
        ]


def _walk(commits: Mapping[str, Commit], head: str) -> list[Commit]:
    """Everything reachable from `head`, always the newest of what is left, but never a parent before its child."""
    waiting = _children_count(commits, head)
    ready = [(-commits[head].committed_at.timestamp(), head)]
    found = []
    while ready:
        _, sha = heapq.heappop(ready)
        found.append(commits[sha])
        for parent in commits[sha].parents:
            if parent in waiting:
                waiting[parent] -= 1
                if waiting[parent] == 0:
                    heapq.heappush(ready, (-commits[parent].committed_at.timestamp(), parent))
    return found


def _children_count(commits: Mapping[str, Commit], head: str) -> dict[str, int]:
    """How many reachable commits have each reachable commit as parent."""
    counts = {head: 0}
    todo = [head]
    while todo:
        for parent in commits[todo.pop()].parents:
            if parent not in commits:
                continue
            if parent not in counts:
                counts[parent] = 0
                todo.append(parent)
            counts[parent] += 1
    return counts
