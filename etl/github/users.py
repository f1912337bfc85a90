"""Members of the organisations, with the names and addresses of their profiles."""

import re
from collections.abc import AsyncIterator

from etl.entity import Entity, Page, Parsing, Position, Raw, Rows, Scope
from etl.github import shapes
from etl.github.client import GitHub
from etl.github.owners import NOTHING, of_owners
from etl.github.shapes import SOURCE, ident, text

QUERY = """query Members($login: String!, $first: Int!, $after: String) { rateLimit { cost }
  repositoryOwner(login: $login) { login }
  organization(login: $login) { membersWithRole(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
    nodes { __typename login databaseId name email company } } } }"""
_ADDRESS = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")


async def pages(client: GitHub, _scope: Scope, position: Position) -> AsyncIterator[Page]:
    """Pages of the members of one organisation after the other; a user has none."""

    async def ask(login: str, after: str | None) -> Raw:
        async def of_size(size: int) -> Raw:
            return await client.graphql.ask_once(QUERY, {"login": login, "first": size, "after": after})

        data = await client.graphql.sized("members", of_size)
        return (data.get("organization") or {}).get("membersWithRole") or NOTHING

    async for owned in of_owners(client, position, ask):
        yield owned.page


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """An account; an address counts as verified only where it is one, because profiles may hold anything."""
    raw = shapes.record(raw)
    who = shapes.needed(shapes.account(raw), "login")
    email = text(raw, "email")
    row = {
        "id": ident(parsing, "user", who.id),
        "site": parsing.site,
        "source": SOURCE,
        "external_id": who.id,
        "login": who.login,
        "account_type": who.type,
        "display_name": text(raw, "name"),
        "email": email,
        "verified_email": email.lower() if email and _ADDRESS.match(email) else None,
        "company": text(raw, "company"),
    }
    return {"identity": [row]}


users = Entity(
    name="github.users",
    scope="site",
    tables=("identity",),
    pages=pages,
    parse=parse,
    external_id=lambda raw: shapes.database_id(shapes.record(raw)),
    incremental=False,
    refresh_s=6 * 3600,
    deletes=False,
)
