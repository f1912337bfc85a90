"""Releases."""

from collections.abc import AsyncIterator

from etl.entity import Entity, Page, Parsing, Position, Raw, Rows, Scope
from etl.github import shapes
from etl.github.client import GitHub
from etl.github.graphql import Fragment
from etl.github.paging import Listing, listed
from etl.github.repositories import stamp
from etl.github.shapes import account, first, ident, instant, text

RELEASE = Fragment(
    "ReleaseParts",
    "Release",
    """{ databaseId name tagName isDraft isPrerelease createdAt publishedAt updatedAt url tagCommit { oid }
  author { __typename login databaseId name } repository { databaseId nameWithOwner } }""",
)
LISTING = Listing(
    "releases",
    newest_first=Fragment(
        "ReleasesByCreation",
        "Repository",
        "{ releases(first: $first, after: $after, orderBy: {field: CREATED_AT, direction: DESC})"
        " { totalCount pageInfo { hasNextPage endCursor } nodes { ...ReleaseParts } } }",
        (RELEASE,),
    ),
    changed=lambda raw: str(raw["createdAt"]).replace("Z", "+00:00"),
    look=10,
    together=True,
)


def pages(client: GitHub, scope: Scope, position: Position) -> AsyncIterator[Page]:
    """Pages of a repository's releases."""
    return listed(client, scope, position, LISTING)


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """A release; a draft has no `published_at`."""
    raw = shapes.record(raw)
    who = account(raw.get("author"))
    row = {
        "id": ident(parsing, "release", shapes.database_id(raw)),
        "site": parsing.site,
        "repo_id": shapes.repository_id(parsing, raw),
        "tag": text(raw, "tagName", "tag_name"),
        "name": text(raw, "name"),
        "sha": text(raw.get("tagCommit") or {}, "oid"),
        "target": text(raw, "target_commitish"),
        "draft": bool(first(raw, "isDraft", "draft")),
        "prerelease": bool(first(raw, "isPrerelease", "prerelease")),
        "created_at": instant(raw, "createdAt", "created_at"),
        "published_at": instant(raw, "publishedAt", "published_at"),
        "author_id": shapes.account_id(parsing, who),
        "url": text(raw, "html_url", "url"),
    }
    return {"release": [row], "identity": shapes.identity_rows(parsing, [who])}


releases = Entity(
    name="github.releases",
    scope="repository",
    tables=("release", "identity"),
    pages=pages,
    parse=parse,
    external_id=lambda raw: shapes.database_id(shapes.record(raw)),
    after=("github.repositories",),
    overlap_s=30 * 86400,
    dated=LISTING.changed,
    stamp=lambda scope: stamp(scope, "pushed_at", "release"),
)
