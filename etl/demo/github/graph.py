"""GraphQL of the stand-in, executed by graphql-core over the stand-in's own small schema."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLInt,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from etl.demo.company.model import Team
from etl.demo.github.connections import connection
from etl.demo.github.cost import NODE_LIMIT, Cost, cost_of
from etl.demo.github.index import WEB
from etl.demo.github.nodes import Node, Nodes

SCHEMA_FILE = Path(__file__).with_name("schema.graphql")


@cache
def schema() -> GraphQLSchema:
    """The stand-in's schema. GitHub calls ids Int though many no longer fit into the 32 bits that GraphQL gives an Int."""
    built = build_schema(SCHEMA_FILE.read_text(encoding="utf-8"))
    for kind in built.type_map.values():
        if isinstance(kind, GraphQLObjectType) and "databaseId" in kind.fields:
            kind.fields["databaseId"].type = WIDE_INT
    return built


def _wide_int() -> GraphQLScalarType:
    """An Int of any width; graphql-core keeps the name for its own, so the copy is made around its constructor."""
    made = object.__new__(GraphQLScalarType)
    made.__dict__.update({**GraphQLInt.__dict__, "serialize": int, "coerce_output_value": int})
    return made


WIDE_INT = _wide_int()


@dataclass(frozen=True)
class Limit:
    """The hourly limit as an answer shows it."""

    limit: int
    remaining: int
    used: int
    reset_at: str


class Graph:
    """Answers questions about one company."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes
        self._documents: dict[str, DocumentNode | list[GraphQLError]] = {}

    def read(self, query: str) -> DocumentNode | list[GraphQLError]:
        """The question as document, or what is wrong with it; read once."""
        if query not in self._documents:
            try:
                document = parse(query)
            except GraphQLError as error:
                self._documents[query] = [error]
            else:
                self._documents[query] = validate(schema(), document) or document
        return self._documents[query]

    def cost(self, document: DocumentNode, variables: Mapping[str, Any]) -> Cost:
        """What it costs."""
        return cost_of(document, variables)

    def answer(self, document: DocumentNode, variables: Mapping[str, Any], cost: Cost, limit: Limit) -> dict[str, Any]:
        """Data and errors, in GitHub's form."""
        if cost.nodes > NODE_LIMIT:
            message = f"This query requests up to {cost.nodes:,} possible nodes which exceeds the maximum limit of {NODE_LIMIT:,}."
            return {"errors": [{"type": "MAX_NODE_LIMIT_EXCEEDED", "message": message}]}
        result = execute_sync(
            schema(), document, self._root(cost, limit), variable_values=dict(variables), field_resolver=_member, check_sync=False
        )
        errors = [_error(error) for error in getattr(result, "errors", None) or []]
        data = getattr(result, "data", None)
        return {"data": data, "errors": errors} if errors else {"data": data}

    def _root(self, cost: Cost, limit: Limit) -> dict[str, Any]:
        company = self._nodes.index.company
        rate = {"cost": cost.points, "limit": limit.limit, "nodeCount": cost.nodes, "remaining": limit.remaining, "used": limit.used}
        return {
            "rateLimit": {**rate, "resetAt": limit.reset_at},
            "viewer": self._nodes.actor(self._nodes.index.members[0].key),
            "repository": self._repository,
            "organization": lambda _info, login: self._owner(login, "an Organization"),
            "repositoryOwner": lambda _info, login: self._owner(login, None),
            "node": lambda _info, id: self._node(id),  # noqa: A006 GitHub's spelling
            "nodes": lambda _info, ids: [self._node(id) for id in ids],  # noqa: A001
            "org": company.org,
        }

    def _repository(self, _info: GraphQLResolveInfo[Any], owner: str, name: str, **_: Any) -> Node:
        found = self._nodes.index.repository(name)
        if found is None or owner.casefold() != self._nodes.index.company.org.casefold():
            raise GraphQLError(f"Could not resolve to a Repository with the name '{owner}/{name}'.", extensions={"type": "NOT_FOUND"})
        return self._nodes.repository(found)

    def _owner(self, login: str, kind: str | None) -> Node | None:
        index = self._nodes.index
        company = index.company
        if login.casefold() != company.org.casefold():
            if kind is None:
                return None
            raise GraphQLError(f"Could not resolve to {kind} with the login of '{login}'.", extensions={"type": "NOT_FOUND"})
        by_name = sorted(company.repositories.values(), key=lambda one: one.name)
        return {
            "__typename": "Organization",
            "id": "O_1",
            "databaseId": 1,
            "login": company.org,
            "name": company.org,
            "url": f"{WEB}/{company.org}",
            "repositories": connection(by_name, self._nodes.repository),
            "membersWithRole": connection(index.members, lambda person: self._nodes.actor(person.key)),
            "teams": connection(list(company.teams.values()), self._team),
        }

    def _team(self, team: Team) -> Node:
        index = self._nodes.index
        return {
            "__typename": "Team",
            "id": f"T_{team.id}",
            "databaseId": team.id,
            "slug": team.key,
            "name": team.name,
            "url": f"{WEB}/orgs/{index.company.org}/teams/{team.key}",
            "parentTeam": None,
            "members": connection(index.team_members(team.key), lambda person: self._nodes.actor(person.key)),
            "repositories": self._team_repositories(team),
        }

    def _team_repositories(self, team: Team) -> Any:
        owned = self._nodes.index.team_repositories(team.key)

        def resolve(info: GraphQLResolveInfo[Any], **args: Any) -> Node:
            page = connection(owned, self._nodes.repository)(info, **args)
            edges = [{"cursor": str(place), "permission": "MAINTAIN", "node": node} for place, node in enumerate(page["nodes"])]
            return {**page, "edges": edges}

        return resolve

    def _node(self, node_id: str) -> Node | None:
        kind, _, value = node_id.partition("_")
        index = self._nodes.index
        if kind == "PR" and value.isdigit() and int(value) in index.pulls_by_id:
            return self._nodes.pull(index.pulls_by_id[int(value)])
        if kind == "R" and value.isdigit() and int(value) in index.repositories_by_id:
            return self._nodes.repository(index.repositories_by_id[int(value)])
        team = next((team for team in index.company.teams.values() if kind == "T" and str(team.id) == value), None)
        if team is not None:
            return self._team(team)
        raise GraphQLError(f"Could not resolve to a node with the global id of '{node_id}'", extensions={"type": "NOT_FOUND"})


def _error(error: GraphQLError) -> dict[str, Any]:
    shown = error.formatted
    kind = (error.extensions or {}).get("type")
    return {**({"type": kind} if kind else {}), **{name: shown[name] for name in ("path", "locations", "message") if name in shown}}


def _member(source: Node, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    """The member of a node that a field names; connections and lookups are functions of the field's arguments."""
    value = source.get(info.field_name)
    return value(info, **arguments) if callable(value) else value
