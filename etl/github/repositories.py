"""Repositories of the organisations, each with its signs of change, so that quiet ones cost no further request."""

from collections.abc import AsyncIterator
from typing import Any

from etl.entity import Entity, Page, Parsing, Position, Raw, Rows, Scope
from etl.github import shapes
from etl.github.client import GitHub
from etl.github.deployment_signs import SIGN, add_signs
from etl.github.graphql import PAGE, Fragment
from etl.github.owners import of_owners
from etl.github.shapes import first, instant, text
from store.errors import UpstreamGone

REPOSITORY = Fragment(
    "RepositoryParts",
    "Repository",
    """{ id databaseId nameWithOwner name description url isArchived isFork isPrivate createdAt pushedAt updatedAt owner { login }
  defaultBranchRef { name target { oid } } }""",
)
SIGNS = Fragment(
    "RepositorySigns",
    "Repository",
    """{ latestRelease { databaseId updatedAt }
  pullRequests(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) { nodes { updatedAt } }
  issues(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) { nodes { updatedAt } } }""",
)
BATCH = 1000
"""Repositories that are stored together, so that one question asks for the deployments of all of them."""


def _query(*parts: Fragment) -> str:
    selected, texts = " ".join(f"...{part.name}" for part in parts), "\n".join(part.text() for part in parts)
    return f"""query Repositories($login: String!, $first: Int!, $after: String) {{ rateLimit {{ cost }}
  repositoryOwner(login: $login) {{ repositories(first: $first, after: $after, ownerAffiliations: [OWNER], orderBy: {{field: NAME, direction: ASC}}) {{
    totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {selected} }} }} }} }}
{texts}"""


QUERY, LEAN_QUERY, BARE_QUERY = _query(REPOSITORY, SIGNS, SIGN), _query(REPOSITORY, SIGNS), _query(REPOSITORY)


async def pages(client: GitHub, _scope: Scope, position: Position) -> AsyncIterator[Page]:
    """The repositories of one organisation after the other, up to a thousand at once; where many are known, their deployments apart."""
    apart = len(client.activity) > PAGE

    async def ask(login: str, after: str | None) -> Raw:
        nonlocal apart
        found = await _ask(client, LEAN_QUERY if apart else QUERY, login, after)
        if shapes.is_withheld(found):  # as GitHub does when one of the lists inside is not for us
            apart, found = True, await _ask(client, BARE_QUERY, login, after)
        shapes.granted(found, f"the repositories of {login}")
        return found

    gathered = Page([], None)
    async for login, page in of_owners(client, position, ask):
        gathered = _joined(gathered, page)
        following = page.next_cursor
        if following is None or following["after"] is None or len(gathered.records) >= BATCH:
            if apart:
                await add_signs(client, login, gathered.records)
            yield gathered
            gathered = Page([], None)


def _joined(first: Page, second: Page) -> Page:
    """Two pages as one, with the clock of the first: what changes while the second one comes is read by the next pass."""
    at, gaps = first.server_time or second.server_time, first.gaps or second.gaps
    records = [*first.records, *second.records]
    return Page(records, second.next_cursor, at, total=second.total, gaps=gaps, failure=first.failure or second.failure)


async def _ask(client: GitHub, query: str, login: str, after: str | None) -> Raw:
    async def of_size(size: int) -> Raw:
        return await client.graphql.ask_once(query, {"login": login, "first": size, "after": after})

    owner = (await client.graphql.sized("repositories", of_size)).get("repositoryOwner")
    if owner is None:
        raise UpstreamGone(f"GitHub has no organisation or user {login}, or the token may not see it. Check GITHUB_ORG.")
    found: Raw = owner["repositories"]
    return found


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """A repository as row; `activity` holds what must change before its parts are read again."""
    raw = shapes.record(raw)
    owner = raw.get("owner")
    branch = raw.get("defaultBranchRef") or {}
    name = shapes.needed(text(raw, "name"), "name")
    full_name = first(raw, "nameWithOwner", "full_name") or (f"{owner['login']}/{name}" if isinstance(owner, dict) else name)
    return {
        "repository": [
            {
                "id": shapes.ident(parsing, "repo", shapes.database_id(raw)),
                "site": parsing.site,
                "full_name": full_name,
                "name": name,
                "owner": owner.get("login") if isinstance(owner, dict) else full_name.partition("/")[0],
                "default_branch": text(branch, "name") or text(raw, "default_branch"),
                "archived": bool(first(raw, "isArchived", "archived")),
                "fork": bool(first(raw, "isFork", "fork")),
                "private": bool(first(raw, "isPrivate", "private")),
                "description": text(raw, "description"),
                "url": text(raw, "html_url", "url"),
                "created_at": instant(raw, "createdAt", "created_at"),
                "pushed_at": instant(raw, "pushedAt", "pushed_at"),
                "updated_at": instant(raw, "updatedAt", "updated_at"),
                "activity": activity(raw),
            }
        ]
    }


def activity(raw: Raw) -> dict[str, Any]:
    """The newest change of each kind of part; null where there is none. What was not asked for, or is withheld from us, is left out."""
    release = raw.get("latestRelease") or {}
    return {
        **_newest(raw, "pulls", "pullRequests"),
        **_newest(raw, "issues", "issues"),
        **_newest(raw, "deployments", "deployments"),
        "head": ((raw.get("defaultBranchRef") or {}).get("target") or {}).get("oid"),
        "pushed_at": first(raw, "pushedAt", "pushed_at"),
        "release": release.get("updatedAt"),
    }


def _newest(raw: Raw, name: str, connection: str) -> dict[str, str | None]:
    if connection not in raw or shapes.is_withheld(raw[connection]):
        return {}
    found = shapes.nodes(raw[connection])
    return {name: str(found[0]["updatedAt"]) if found else None}


def stamp(scope: Scope, *names: str) -> str | None:
    """The named signs of change of a repository, as one text; None where one that every list of repositories tells is withheld."""
    known = scope.extra.get("activity") or {}
    if {"pulls", "issues"} & set(names) - known.keys():
        return None
    return "|".join(str(known.get(name)) for name in names)


def shows_none(scope: Scope, name: str) -> bool:
    """Whether a repository's signs of change say that it has nothing of a kind."""
    known = scope.extra.get("activity") or {}
    return name in known and known[name] is None


repositories = Entity(
    name="github.repositories",
    scope="site",
    tables=("repository",),
    pages=pages,
    parse=parse,
    external_id=lambda raw: shapes.database_id(shapes.record(raw)),
    incremental=False,
)
