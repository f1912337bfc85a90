"""Git tags: where nothing better tells what was deployed, a tag may."""

from collections.abc import AsyncIterator

from etl.entity import Entity, Page, Parsing, Position, Raw, RecordError, Rows, Scope
from etl.github import shapes
from etl.github.client import GitHub
from etl.github.graphql import Fragment
from etl.github.paging import Listing, listed
from etl.github.repositories import shows_none, stamp
from etl.github.shapes import ident, instant, text

TAG = Fragment(
    "TagParts",
    "Ref",
    """{ id name target { __typename oid ... on Commit { committedDate }
  ... on Tag { tagger { date } target { __typename oid ... on Commit { committedDate } } } } }""",
)
LISTING = Listing(
    "refs",
    newest_first=Fragment(
        "Tags",
        "Repository",
        '{ refs(refPrefix: "refs/tags/", first: $first, after: $after, orderBy: {field: TAG_COMMIT_DATE, direction: DESC})'
        " { totalCount pageInfo { hasNextPage endCursor } nodes { ...TagParts } } }",
        (TAG,),
    ),
    changed=lambda raw: tagged_at(raw).replace("Z", "+00:00"),
    look=10,
    together=True,
    none=lambda scope: shows_none(scope, "pushed_at"),
)


def tagged_at(raw: Raw) -> str:
    """When a tag was made: by its tagger, else by its commit.

    Raises:
        RecordError: it points to something that has no date.
    """
    target = raw.get("target") or {}
    commit = target.get("target") or target
    found = (target.get("tagger") or {}).get("date") or commit.get("committedDate")
    if found is None:
        raise RecordError("the tag does not lead to a commit")
    return str(found)


def pages(client: GitHub, scope: Scope, position: Position) -> AsyncIterator[Page]:
    """Pages of a repository's tags."""
    return listed(client, scope, position, LISTING)


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """A tag as a deployment that services without a better source may use."""
    raw = shapes.record(raw)
    repo_id = shapes.repository_id(parsing, raw)
    target = raw.get("target") or {}
    commit = target.get("target") or target
    at = instant({"at": tagged_at(raw)}, "at")
    row = {
        "id": ident(parsing, "tag", f"{repo_id.rpartition(':')[2]}:{raw['name']}"),
        "site": parsing.site,
        "repo_id": repo_id,
        "environment": None,
        "sha": shapes.needed(text(commit, "oid"), "oid"),
        "ref": text(raw, "name"),
        "status": "success",
        "created_at": at,
        "started_at": at,
        "finished_at": at,
        "source": "tags",
        "external_id": text(raw, "name"),
    }
    return {"deployment": [row]}


tags = Entity(
    name="github.tags",
    scope="repository",
    tables=("deployment",),
    pages=pages,
    parse=parse,
    external_id=lambda raw: shapes.database_id(shapes.record(raw)),
    after=("github.repositories",),
    overlap_s=7 * 86400,
    dated=LISTING.changed,
    stamp=lambda scope: stamp(scope, "pushed_at"),
)
