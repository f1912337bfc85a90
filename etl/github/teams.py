"""Teams with their members and repositories."""

from collections.abc import AsyncIterator
from typing import Any

from etl.entity import Entity, Page, Parsing, Position, Raw, Rows, Scope
from etl.github import shapes
from etl.github.client import GitHub
from etl.github.owners import NOTHING, of_owners
from etl.github.shapes import account, first, ident, text

TEAMS = 50
"""Teams in a page, each with up to a hundred members and repositories."""
MEMBERS = "members(first: 100, after: $members) { pageInfo { hasNextPage endCursor } nodes { __typename login databaseId name } }"
REPOSITORIES = "repositories(first: 100, after: $repositories) { pageInfo { hasNextPage endCursor }\n edges { permission node { databaseId nameWithOwner } } }"
QUERY = f"""query Teams($login: String!, $first: Int!, $after: String, $members: String, $repositories: String) {{ rateLimit {{ cost }}
  repositoryOwner(login: $login) {{ login }} organization(login: $login) {{
    login teams(first: $first, after: $after) {{ totalCount pageInfo {{ hasNextPage endCursor }}
    nodes {{ id databaseId slug name parentTeam {{ databaseId slug }} {MEMBERS} {REPOSITORIES} }} }} }} }}"""
REST_OF_MEMBERS = (
    f"query TeamMembers($id: ID!, $members: String) {{ rateLimit {{ cost }} node(id: $id) {{ ... on Team {{ {MEMBERS} }} }} }}"
)
REST_OF_REPOSITORIES = f"""query TeamRepositories($id: ID!, $repositories: String) {{ rateLimit {{ cost }}
  node(id: $id) {{ ... on Team {{ {REPOSITORIES} }} }} }}"""


async def pages(client: GitHub, _scope: Scope, position: Position) -> AsyncIterator[Page]:
    """Pages of the teams of one organisation after the other; a user has none."""

    async def ask(login: str, after: str | None) -> Raw:
        async def of_size(size: int) -> Raw:
            variables = {"login": login, "first": min(size, TEAMS), "after": after, "members": None, "repositories": None}
            return await client.graphql.ask_once(QUERY, variables)

        data = await client.graphql.sized("teams", of_size)
        found = (data.get("organization") or {}).get("teams") or NOTHING
        for team in shapes.nodes(found):
            team["organization"] = login
            await complete(client, team)
        return found

    async for owned in of_owners(client, position, ask):
        yield owned.page


async def complete(client: GitHub, team: Raw) -> None:
    """Read on the members and repositories that did not fit."""
    for field, items, query in (("members", "nodes", REST_OF_MEMBERS), ("repositories", "edges", REST_OF_REPOSITORIES)):
        while (listed := team.get(field) or {}).get("pageInfo", {}).get("hasNextPage"):
            data = await client.graphql.ask(query, {"id": team["id"], field: listed["pageInfo"]["endCursor"]}, owner=team["organization"])
            more: dict[str, Any] = (data.get("node") or {}).get(field) or {items: [], "pageInfo": {"hasNextPage": False}}
            team[field] = {**more, items: [*listed[items], *more[items]]}


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """A team, who is in it and what it may use."""
    raw = shapes.record(raw)
    team_id = ident(parsing, "team", shapes.database_id(raw))
    slug = shapes.needed(text(raw, "slug"), "slug")
    owner = raw.get("organization")
    login = owner.get("login") if isinstance(owner, dict) else owner
    parent = first(raw, "parentTeam", "parent") or {}
    people = [who for item in shapes.nodes(raw.get("members")) if (who := account(item))]
    edges = (raw.get("repositories") or {}).get("edges") if isinstance(raw.get("repositories"), dict) else []
    return {
        "source_team": [
            {
                "id": team_id,
                "site": parsing.site,
                "key": slug,
                "name": text(raw, "name"),
                "parent_id": ident(parsing, "team", shapes.database_id(parent)) if parent else None,
                "external_id": f"{login}/{slug}" if login else slug,
            }
        ],
        "source_team_member": [{"team_id": team_id, "identity_id": ident(parsing, "user", who.id)} for who in people],
        "source_team_repository": [
            {"team_id": team_id, "repo_id": ident(parsing, "repo", edge["node"]["databaseId"]), "permission": _permission(edge)}
            for edge in edges or []
        ],
        "identity": shapes.identity_rows(parsing, people),
    }


def _permission(edge: Raw) -> str | None:
    """In REST's words: GraphQL says WRITE and READ where REST says push and pull."""
    said = str(edge.get("permission") or "").lower()
    return {"write": "push", "read": "pull"}.get(said, said) or None


teams = Entity(
    name="github.teams",
    scope="site",
    tables=("source_team", "source_team_member", "source_team_repository", "identity"),
    pages=pages,
    parse=parse,
    external_id=lambda raw: shapes.database_id(shapes.record(raw)),
    incremental=False,
    replaces=(("source_team_member", "team_id"), ("source_team_repository", "team_id")),
    refresh_s=6 * 3600,
)
