"""Members of the organisations, with the names and addresses of their profiles."""

import re
from collections.abc import AsyncIterator

from etl.entity import Entity, Page, Parsing, Position, Raw, Rows, Scope
from etl.github import shapes
from etl.github.client import GitHub
from etl.github.shapes import SOURCE, ident, text

QUERY = """query Members($login: String!, $first: Int!, $after: String) { rateLimit { cost }
  organization(login: $login) { membersWithRole(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
    nodes { __typename login databaseId name email company } } } }"""
_ADDRESS = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")


async def pages(client: GitHub, _scope: Scope, position: Position) -> AsyncIterator[Page]:
    """Pages of the members of one organisation after the other."""
    place = position.cursor or {"owner": 0, "after": None}
    while True:
        login = client.owners[place["owner"]]
        data = await _ask(client, login, place["after"])
        found = (data.get("organization") or {}).get("membersWithRole") or {"pageInfo": {"hasNextPage": False}}
        info = found["pageInfo"]
        following: Raw | None = {"owner": place["owner"], "after": info["endCursor"]} if info["hasNextPage"] else None
        if following is None and place["owner"] + 1 < len(client.owners):
            following = {"owner": place["owner"] + 1, "after": None}
        yield Page(shapes.nodes(found), following, client.http.server_time, total=found.get("totalCount"))
        if following is None:
            return
        place = following


async def _ask(client: GitHub, login: str, after: str | None) -> Raw:
    async def of_size(size: int) -> Raw:
        return await client.graphql.ask_once(QUERY, {"login": login, "first": size, "after": after})

    return await client.graphql.sized("members", of_size)


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
