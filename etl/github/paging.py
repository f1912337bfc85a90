"""Pages of a GraphQL connection of a repository, newest change first or in order of creation."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from etl.entity import Page, Position, Raw, Scope
from etl.github.client import GitHub
from etl.github.graphql import PAGE, Fragment
from etl.github.shapes import granted, nodes

FIRST_LOOK = 5
"""Records in the first page of a pass, which is asked for many repositories at once: most are small, or have changed little."""

Complete = Callable[[GitHub, str, list[Raw]], Any]


@dataclass(frozen=True)
class Listing:
    """A connection of a repository."""

    connection: str
    newest_first: Fragment
    """Selects it ordered so that a pass can stop at `since`."""
    changed: Callable[[Raw], str]
    """The instant that decides whether a record is news."""
    oldest_first: Fragment | None = None
    """Selects it in an order in which nothing moves while it is read; for complete passes."""
    complete: Complete | None = None
    """Reads on what did not fit into the nested lists of a page of this owner's repository."""
    look: int = FIRST_LOOK
    none: Callable[[Scope], bool] | None = None
    """Whether the repository's signs of change say that there is nothing to list."""
    together: bool = False
    """Whether the later pages of many repositories are asked for at once too: for records that are next to nothing."""


async def listed(client: GitHub, scope: Scope, position: Position, listing: Listing) -> AsyncIterator[Page]:
    """The pages of a connection, from where a pass broke off, down to what was known before."""
    since = position.since
    fragment = listing.newest_first if since or listing.oldest_first is None else listing.oldest_first
    after = position.cursor["after"] if position.cursor else None
    if after is None and listing.none is not None and listing.none(scope):
        yield Page([], None, client.http.server_time)
        return
    while True:
        page = await _page(client, scope, listing, await _ask(client, scope, listing, fragment, after), since)
        yield page
        if page.next_cursor is None:
            return
        after = page.next_cursor["after"]


async def _page(client: GitHub, scope: Scope, listing: Listing, connection: Raw, since: str | None) -> Page:
    """What is news of an answer."""
    granted(connection, f"the {listing.connection} of {scope.name}")
    found = nodes(connection)
    fresh = [raw for raw in found if _is_fresh(listing, raw, since)]
    if listing.complete is not None:
        await listing.complete(client, scope.name.partition("/")[0], fresh)
    info = connection["pageInfo"]
    ends = not info["hasNextPage"] or len(fresh) < len(found)
    following = None if ends else {"after": info["endCursor"]}
    total = connection.get("totalCount") if since is None else None
    return Page(fresh, following, client.http.server_time, total=total, gaps=None in (connection.get("nodes") or ()))


def _is_fresh(listing: Listing, raw: Raw, since: str | None) -> bool:
    """Whether a record changed since then; one that does not say when is looked at, so that it can be set aside with a reason."""
    if since is None:
        return True
    try:
        return listing.changed(raw) >= since
    except (ValueError, KeyError, TypeError, AttributeError):
        return True


def key_listing(connection: str, kind: str) -> Listing:
    """Ids and times of change of all records of a connection, in an order in which nothing moves while it is read."""
    body = (
        f"{{ {connection}(first: $first, after: $after, orderBy: {{field: CREATED_AT, direction: ASC}})"
        " { totalCount pageInfo { hasNextPage endCursor } nodes { id databaseId fullDatabaseId updatedAt } } }"
    )
    fragment = Fragment(f"KeysOf{kind}", "Repository", body)
    return Listing(connection, newest_first=fragment, changed=lambda raw: str(raw["updatedAt"]), look=PAGE, together=True)


async def picked(
    client: GitHub, scope: Scope, found: Sequence[Raw], fragment: Fragment, complete: Complete | None = None
) -> AsyncIterator[Page]:
    """Pages of the records that a listing of keys has shown; those that are gone by now are left out."""
    owner = scope.name.partition("/")[0]
    query = (
        f"query {fragment.name}ById($ids: [ID!]!) {{ rateLimit {{ cost }} nodes(ids: $ids) {{ ...{fragment.name} }} }}\n{fragment.text()}"
    )
    waiting = [str(raw["id"]) for raw in found]

    async def of_size(size: int) -> list[Raw]:
        data = await client.graphql.ask_once(query, {"ids": waiting[:size]}, owner=owner)
        del waiting[:size]
        return nodes(data)

    while waiting:
        records = await client.graphql.sized(fragment.name, of_size)
        if complete is not None:
            await complete(client, owner, records)
        yield Page(records, None, client.http.server_time)


async def _ask(client: GitHub, scope: Scope, listing: Listing, fragment: Fragment, after: str | None) -> Raw:
    together = after is None or listing.together

    async def of_size(size: int) -> Raw:
        variables = {"first": min(size, listing.look) if after is None else size, "after": after}
        return await client.graphql.repository(scope.name, fragment, variables, together=together)

    repository = await client.graphql.sized(listing.connection, of_size)
    found: Raw = repository[listing.connection]
    return found
