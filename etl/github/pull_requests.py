"""Pull requests with their commits, reviews, timeline, files and labels: one GraphQL question per hundred."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from etl.entity import Entity, Page, Position, Raw, Scope
from etl.github.client import GitHub
from etl.github.fragments import ACTOR, COMMIT
from etl.github.graphql import Fragment
from etl.github.paging import Listing, key_listing, listed, picked
from etl.github.pull_request_rows import parse
from etl.github.repositories import shows_none, stamp
from etl.github.shapes import nodes, numbered_id, record, version

NESTED = 100
TIMELINE_TYPES = (
    "PULL_REQUEST_COMMIT, PULL_REQUEST_REVIEW, READY_FOR_REVIEW_EVENT, CONVERT_TO_DRAFT_EVENT, HEAD_REF_FORCE_PUSHED_EVENT,"
    " REVIEW_REQUESTED_EVENT, CLOSED_EVENT, REOPENED_EVENT, LABELED_EVENT, UNLABELED_EVENT, ASSIGNED_EVENT, UNASSIGNED_EVENT, ISSUE_COMMENT"
)
"""Commits, reviews, labels and assignees come with the events: GitHub charges per nested list, so this one list saves four."""

REVIEW = Fragment(
    "ReviewParts",
    "PullRequestReview",
    "{ databaseId fullDatabaseId state submittedAt url author { ...Who } reviewed: commit { oid } }",
    (ACTOR,),
)
ITEMS = Fragment(
    "TimelineParts",
    "PullRequestTimelineItemsConnection",
    """{ pageInfo { hasNextPage endCursor } nodes { __typename
  ... on PullRequestCommit { commit { ...CommitParts } }
  ... on PullRequestReview { ...ReviewParts }
  ... on ReadyForReviewEvent { id createdAt actor { ...Who } }
  ... on ConvertToDraftEvent { id createdAt actor { ...Who } }
  ... on HeadRefForcePushedEvent { id createdAt actor { ...Who } afterCommit { oid } }
  ... on ReviewRequestedEvent { id createdAt actor { ...Who } requestedReviewer { __typename ... on User { login databaseId name } ... on Team { slug } } }
  ... on ClosedEvent { id createdAt actor { ...Who } }
  ... on ReopenedEvent { id createdAt actor { ...Who } }
  ... on LabeledEvent { id createdAt label { name } }
  ... on UnlabeledEvent { id createdAt label { name } }
  ... on AssignedEvent { id createdAt assignee { __typename ... on User { login databaseId name } ... on Bot { login databaseId } } }
  ... on UnassignedEvent { id createdAt assignee { __typename ... on User { login databaseId name } ... on Bot { login databaseId } } }
  ... on IssueComment { databaseId fullDatabaseId createdAt author { ...Who } }
} }""",
    (ACTOR, COMMIT, REVIEW),
)
FILES = Fragment(
    "FileParts",
    "PullRequestChangedFileConnection",
    "{ totalCount pageInfo { hasNextPage endCursor } nodes { path additions deletions changeType } }",
)
PULL = Fragment(
    "PullParts",
    "PullRequest",
    f"""{{ id databaseId fullDatabaseId number title body state isDraft createdAt updatedAt mergedAt closedAt url
  author {{ ...Who }} mergedBy {{ ...Who }} mergeCommit {{ oid }} baseRefName baseRefOid headRefName headRefOid
  headRepository {{ databaseId nameWithOwner }} repository {{ databaseId nameWithOwner }} additions deletions changedFiles
  timelineItems(first: {NESTED}, itemTypes: [{TIMELINE_TYPES}]) {{ ...TimelineParts }}
  files(first: {NESTED}) {{ ...FileParts }} }}""",
    (ACTOR, ITEMS, FILES),
)


def _listing_fragment(name: str, field: str, direction: str, inner: Fragment) -> Fragment:
    body = (
        f"{{ pullRequests(first: $first, after: $after, orderBy: {{field: {field}, direction: {direction}}})"
        f" {{ totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ ...{inner.name} }} }} }}"
    )
    return Fragment(name, "Repository", body, (inner,))


REST_OF_ITEMS = "... on PullRequest {{ timelineItems(first: {first}, after: $a{index}, itemTypes: [{types}]) {{ ...TimelineParts }} }}"
REST_OF_FILES = "... on PullRequest {{ files(first: {first}, after: $a{index}) {{ ...FileParts }} }}"
REST_OF_COMMITS = "... on PullRequest {{ commits(first: {first}, after: $a{index}) {{ ...PullCommitParts }} }}"
REST_OF_REVIEWS = "... on PullRequest {{ reviews(first: {first}, after: $a{index}) {{ ...PullReviewParts }} }}"
COMMITS = Fragment(
    "PullCommitParts",
    "PullRequestCommitConnection",
    "{ pageInfo { hasNextPage endCursor } nodes { commit { ...CommitParts } } }",
    (COMMIT,),
)
REVIEWS = Fragment(
    "PullReviewParts", "PullRequestReviewConnection", "{ pageInfo { hasNextPage endCursor } nodes { ...ReviewParts } }", (REVIEW,)
)
CONNECTIONS = Fragment(
    "ConnectionParts",
    "PullRequest",
    f"""{{ commits(first: {NESTED}) {{ ...PullCommitParts }} reviews(first: {NESTED}) {{ ...PullReviewParts }}
  labels(first: {NESTED}) {{ nodes {{ name }} }}
  assignees(first: 20) {{ nodes {{ __typename login databaseId name }} }} }}""",
    (COMMITS, REVIEWS),
)
NESTED_LISTS = (("timelineItems", REST_OF_ITEMS, ITEMS), ("files", REST_OF_FILES, FILES))
PLAIN_LISTS = (("commits", REST_OF_COMMITS, COMMITS), ("reviews", REST_OF_REVIEWS, REVIEWS))
TOGETHER = 20
"""Nested lists read on in one question."""


async def complete(client: GitHub, owner: str, records: list[Raw]) -> None:
    """Read on the nested lists that did not fit, and ask plainly for commits where the timeline has not all of them."""
    await _complete_lists(client, owner, records, NESTED_LISTS)
    lacking = [raw for raw in records if not _has_head(raw)]
    for start in range(0, len(lacking), TOGETHER):
        await _ask_plainly(client, owner, lacking[start : start + TOGETHER])
    await _complete_lists(client, owner, lacking, PLAIN_LISTS)


async def _complete_lists(client: GitHub, owner: str, records: list[Raw], lists: Sequence[tuple[str, str, Fragment]]) -> None:
    for field, template, fragment in lists:
        while longer := [raw for raw in records if (raw.get(field) or {}).get("pageInfo", {}).get("hasNextPage")]:
            groups = [longer[start : start + TOGETHER] for start in range(0, len(longer), TOGETHER)]
            await asyncio.gather(*(_read_on(client, owner, group, field, template, fragment) for group in groups))


def _has_head(raw: Raw) -> bool:
    commits = [item["commit"]["oid"] for item in nodes(raw.get("timelineItems")) if item.get("commit") and "authoredDate" in item["commit"]]
    return raw.get("headRefOid") in commits


async def _read_on(client: GitHub, owner: str, records: list[Raw], field: str, template: str, fragment: Fragment) -> None:
    parts = " ".join(
        f"p{index}: node(id: $i{index}) {{ {template.format(first=NESTED, index=index, types=TIMELINE_TYPES)} }}"
        for index in range(len(records))
    )
    declared = ", ".join(f"$i{index}: ID!, $a{index}: String" for index in range(len(records)))
    values: dict[str, Any] = {}
    for index, raw in enumerate(records):
        values[f"i{index}"], values[f"a{index}"] = raw["id"], raw[field]["pageInfo"]["endCursor"]
    data = await client.graphql.ask(
        f"query RestOfPulls({declared}) {{ rateLimit {{ cost }} {parts} }}\n{fragment.text()}", values, owner=owner
    )
    for index, raw in enumerate(records):
        more = (data.get(f"p{index}") or {}).get(field) or {"nodes": [], "pageInfo": {"hasNextPage": False}}
        raw[field] = {**more, "nodes": [*raw[field]["nodes"], *more["nodes"]]}


async def _ask_plainly(client: GitHub, owner: str, records: list[Raw]) -> None:
    query = f"query PlainPulls($ids: [ID!]!) {{ rateLimit {{ cost }} nodes(ids: $ids) {{ ...{CONNECTIONS.name} }} }}\n{CONNECTIONS.text()}"
    data = await client.graphql.ask(query, {"ids": [raw["id"] for raw in records]}, owner=owner)
    for raw, more in zip(records, data["nodes"], strict=True):
        raw.update(more or {})


def pages(client: GitHub, scope: Scope, position: Position) -> AsyncIterator[Page]:
    """Pages of a repository's pull requests."""
    return listed(client, scope, position, LISTING)


LISTING = Listing(
    "pullRequests",
    newest_first=_listing_fragment("PullsByUpdate", "UPDATED_AT", "DESC", PULL),
    oldest_first=_listing_fragment("PullsByCreation", "CREATED_AT", "ASC", PULL),
    changed=lambda raw: str(raw["updatedAt"]).replace("Z", "+00:00"),
    complete=complete,
    none=lambda scope: shows_none(scope, "pulls"),
)


KEYS = key_listing("pullRequests", "Pulls")


def keys(client: GitHub, scope: Scope) -> AsyncIterator[Page]:
    """Id and time of change of every one of a repository's pull requests."""
    return listed(client, scope, Position(), KEYS)


def chosen(client: GitHub, scope: Scope, found: Sequence[Raw]) -> AsyncIterator[Page]:
    """These pull requests."""
    return picked(client, scope, found, PULL, complete)


pull_requests = Entity(
    name="github.pull_requests",
    scope="repository",
    tables=("pull_request", "pr_event", "pr_file", "review", "commit", "pr_commit", "identity", "issue_pr"),
    pages=pages,
    parse=parse,
    external_id=lambda raw: numbered_id(record(raw)),
    after=("github.repositories",),
    replaces=(("review", "pr_id"), ("pr_event", "pr_id"), ("pr_file", "pr_id"), ("pr_commit", "pr_id")),
    overlap_s=600,
    version=version,
    stamp=lambda scope: stamp(scope, "pulls"),
    keys=keys,
    chosen=chosen,
)
