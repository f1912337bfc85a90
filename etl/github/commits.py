"""The commit graph of the default branch: what a deployment ships is what its commit reaches and the one before did not."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

from etl.entity import Entity, Page, Parsing, Position, Raw, Rows, Scope
from etl.github import shapes
from etl.github.client import GitHub
from etl.github.commit_rows import author_of, commit_row, git_identity_row, with_parents
from etl.github.fragments import COMMIT
from etl.github.graphql import Fragment
from etl.github.repositories import shows_none, stamp

FIRST_LOOK = 30
"""Commits in the first page of a pass, which is asked for many repositories at once."""

HISTORY = Fragment(
    "History",
    "Repository",
    """{ defaultBranchRef { name target { __typename ... on Commit { history(first: $first, after: $after) {
  totalCount pageInfo { hasNextPage endCursor } nodes { ...CommitParts parents(first: 10) { nodes { oid } } } } } } } }""",
    (COMMIT,),
)


@dataclass
class Walk:
    """A walk from the new head of a branch down to its old one, newest commit first.

    It is over when every way down that is left leads to commits that the old head reaches: a merged branch may bring commits
    that are older than the old head, so an instant cannot tell.
    """

    known_head: str | None
    known: set[str] = field(default_factory=set)
    wanted: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    def step(self, commits: Iterable[Raw]) -> list[Raw]:
        """The commits of a page that are news."""
        fresh = []
        for commit in commits:
            sha, parents = commit["oid"], [parent["oid"] for parent in shapes.nodes(commit.get("parents"))]
            self.seen.add(sha)
            self.wanted.discard(sha)
            if sha == self.known_head or sha in self.known:
                self.known.update(parents)
                self.wanted.difference_update(parents)
            else:
                fresh.append(commit)
                self.wanted.update(parent for parent in parents if parent not in self.known and parent not in self.seen)
        return fresh

    @property
    def over(self) -> bool:
        """Whether nothing new can follow."""
        return self.known_head is not None and (self.known_head in self.seen) and not self.wanted


async def pages(client: GitHub, scope: Scope, position: Position) -> AsyncIterator[Page]:
    """Pages of the history of the default branch, down to what was known before."""
    cursor = position.cursor or {"after": None}
    old_head = position.stamp if position.since else None
    after, walk = cursor["after"], Walk(old_head)
    if after is None and shows_none(scope, "head"):
        yield Page([], None, client.http.server_time)
        return
    while True:
        history = await _ask(client, scope, after)
        fresh = [{**commit, "repository": _home(scope)} for commit in walk.step(shapes.nodes(history))]
        info = (history or {}).get("pageInfo") or {"hasNextPage": False}
        following = {"after": info["endCursor"]} if info["hasNextPage"] and not walk.over else None
        total = history.get("totalCount") if history and old_head is None else None
        yield Page(fresh, following, client.http.server_time, total=total)
        if following is None:
            return
        after = following["after"]


async def _ask(client: GitHub, scope: Scope, after: str | None) -> Raw | None:
    """A page of the history; None for a repository without commits."""
    together = after is None

    async def of_size(size: int) -> Raw:
        variables = {"first": min(size, FIRST_LOOK) if together else size, "after": after}
        return await client.graphql.repository(scope.name, HISTORY, variables, together=together)

    branch = (await client.graphql.sized("history", of_size)).get("defaultBranchRef") or {}
    history: Raw | None = (branch.get("target") or {}).get("history")
    return history


def _home(scope: Scope) -> Raw:
    """The repository, as records name theirs. A fork has the commits of what it was made of, so a commit alone does not say where it is."""
    return {"databaseId": int(scope.id.rpartition(":")[2])}


def commit_id(raw: Raw) -> str:
    """The commit in its repository; its name alone where a recording does not say which."""
    raw = shapes.record(raw)
    sha, home = str(shapes.first(raw, "oid", "sha")), raw.get("repository")
    return f"{home['databaseId']}:{sha}" if isinstance(home, dict) and home.get("databaseId") else sha


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """A commit of the default branch, with its parents."""
    raw = shapes.record(raw)
    row = {**with_parents(raw, commit_row(parsing, raw, shapes.repository_id(parsing, raw))), "on_default_branch": True}
    identities = [*shapes.identity_rows(parsing, [author_of(raw)]), *filter(None, [git_identity_row(parsing, raw)])]
    return {"commit": [row], "identity": identities}


commits = Entity(
    name="github.commits",
    scope="repository",
    tables=("commit", "identity"),
    pages=pages,
    parse=parse,
    external_id=commit_id,
    after=("github.repositories",),
    stamp=lambda scope: stamp(scope, "head"),
    deletes=False,
)
