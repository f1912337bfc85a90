"""Issues at GitHub; the REST list mixes them with pull requests, which are left out."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from etl.entity import Entity, Page, Parsing, Position, Raw, Row, Rows, Scope
from etl.github import shapes
from etl.github.client import GitHub
from etl.github.fragments import ACTOR
from etl.github.graphql import Fragment
from etl.github.paging import Listing, key_listing, listed, picked
from etl.github.repositories import shows_none, stamp
from etl.github.shapes import account, first, ident, instant, nodes, text

ISSUE = Fragment(
    "IssueParts",
    "Issue",
    """{ databaseId fullDatabaseId number title body state stateReason createdAt updatedAt closedAt url author { ...Who }
  repository { databaseId nameWithOwner } labels(first: 100) { nodes { name } }
  assignees(first: 10) { nodes { __typename login databaseId name } }
  timelineItems(first: 100, itemTypes: [CLOSED_EVENT, REOPENED_EVENT]) { nodes { __typename
    ... on ClosedEvent { id createdAt actor { ...Who } } ... on ReopenedEvent { id createdAt actor { ...Who } } } } }""",
    (ACTOR,),
)


def _list(name: str, field: str, direction: str) -> Fragment:
    body = (
        f"{{ issues(first: $first, after: $after, orderBy: {{field: {field}, direction: {direction}}})"
        " { totalCount pageInfo { hasNextPage endCursor } nodes { ...IssueParts } } }"
    )
    return Fragment(name, "Repository", body, (ISSUE,))


LISTING = Listing(
    "issues",
    newest_first=_list("IssuesByUpdate", "UPDATED_AT", "DESC"),
    oldest_first=_list("IssuesByCreation", "CREATED_AT", "ASC"),
    changed=lambda raw: str(raw["updatedAt"]).replace("Z", "+00:00"),
    none=lambda scope: shows_none(scope, "issues"),
)
CANCELLED = {"not_planned": "Won't Do", "duplicate": "Duplicate"}
"""Reasons for closing that mean it was not done, in the words of R11."""


def pages(client: GitHub, scope: Scope, position: Position) -> AsyncIterator[Page]:
    """Pages of a repository's issues."""
    return listed(client, scope, position, LISTING)


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """An issue with its closings; nothing for a pull request."""
    raw = shapes.record(raw)
    if raw.get("pull_request"):
        return {}
    issue_id = ident(parsing, "issue", shapes.database_id(raw))
    repo_id, said = shapes.repository_id(parsing, raw), shapes.repository_name(raw)
    repo = parsing.lookups.get("names", {}).get(repo_id) or said or (parsing.scope.name if parsing.scope else None)
    who = account(first(raw, "author", "user"))
    assignees = [person for item in nodes(raw.get("assignees")) if (person := account(item))]
    people = [who, *assignees, *(account(item.get("actor")) for item in nodes(raw.get("timelineItems")))]
    return {
        "issue": [{**_issue_row(parsing, raw, issue_id, (repo_id, repo), (who, assignees)), "url": _url(raw, said, repo)}],
        "issue_transition": transition_rows(parsing, raw, issue_id),
        "project": [
            {
                "id": _project_id(parsing, repo_id),
                "site": parsing.site,
                "source": "github",
                "key": repo or repo_id,
                "name": repo,
            }
        ],
        "identity": shapes.identity_rows(parsing, people),
    }


def _url(raw: Raw, said: str | None, repo: str | None) -> str | None:
    """Where it is shown, under the name that its repository bears by now."""
    url = text(raw, "html_url", "url")
    return url.replace(f"/{said}/", f"/{repo}/", 1) if url and said and repo else url


def _project_id(parsing: Parsing, repo_id: str) -> str:
    return ident(parsing, "project", repo_id.rpartition(":")[2])


def _issue_row(parsing: Parsing, raw: Raw, issue_id: str, repo: tuple[str, str | None], people: tuple[Any, list[Any]]) -> Row:
    number = shapes.needed(shapes.whole(raw, "number"), "number")
    closed_at = instant(raw, "closedAt", "closed_at")
    reason = str(first(raw, "stateReason", "state_reason") or "").lower()
    author, assignees = people
    return {
        "id": issue_id,
        "site": parsing.site,
        "source": "github",
        "key": f"{repo[1] or repo[0]}#{number}",
        "project_id": _project_id(parsing, repo[0]),
        "project_key": repo[1],
        "title": text(raw, "title"),
        "body": text(raw, "body"),
        "type": "Issue",
        "level": "item",
        "status": "closed" if closed_at else "open",
        "category": "done" if closed_at else "todo",
        "resolution": (CANCELLED.get(reason, "Done")) if closed_at else None,
        "resolved_at": closed_at,
        "created_at": shapes.needed(instant(raw, "createdAt", "created_at"), "created_at"),
        "updated_at": instant(raw, "updatedAt", "updated_at"),
        "creator_id": shapes.account_id(parsing, author),
        "reporter_id": shapes.account_id(parsing, author),
        "assignee_id": shapes.account_id(parsing, assignees[0]) if assignees else None,
        "labels": shapes.label_names(raw),
        "has_history": "timelineItems" in raw,
    }


def transition_rows(parsing: Parsing, raw: Raw, issue_id: str) -> list[Row]:
    """Closings and reopenings as changes of status."""
    rows = []
    for place, item in enumerate(nodes(raw.get("timelineItems"))):
        closes = item.get("__typename") == "ClosedEvent"
        if not closes and item.get("__typename") != "ReopenedEvent":
            continue
        rows.append(
            {
                "id": ident(parsing, "event", shapes.database_id(item)),
                "issue_id": issue_id,
                "at": shapes.needed(instant(item, "createdAt"), "createdAt"),
                "position": place,
                "from_status": "open" if closes else "closed",
                "to_status": "closed" if closes else "open",
                "from_category": "todo" if closes else "done",
                "to_category": "done" if closes else "todo",
                "actor_id": shapes.account_id(parsing, account(item.get("actor"))),
            }
        )
    return rows


KEYS = key_listing("issues", "Issues")


def keys(client: GitHub, scope: Scope) -> AsyncIterator[Page]:
    """Id and time of change of every one of a repository's issues."""
    return listed(client, scope, Position(), KEYS)


def chosen(client: GitHub, scope: Scope, found: Sequence[Raw]) -> AsyncIterator[Page]:
    """These issues."""
    return picked(client, scope, found, ISSUE)


issues = Entity(
    name="github.issues",
    scope="repository",
    tables=("issue", "issue_transition", "project", "identity"),
    pages=pages,
    parse=parse,
    external_id=lambda raw: shapes.database_id(shapes.record(raw)),
    after=("github.repositories",),
    replaces=(("issue_transition", "issue_id"),),
    overlap_s=600,
    version=shapes.version,
    stamp=lambda scope: stamp(scope, "issues"),
    keys=keys,
    chosen=chosen,
)
