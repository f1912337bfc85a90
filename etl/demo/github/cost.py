"""What a GraphQL question costs by GitHub's rule: the requests needed for each connection, divided by a hundred."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)
from graphql.utilities import value_from_ast_untyped

NODE_LIMIT = 500_000


@dataclass
class Cost:
    """Requests for connections and nodes that may come back."""

    requests: int = 0
    nodes: int = 0

    @property
    def points(self) -> int:
        """Points against the hourly limit."""
        return max(1, round(self.requests / 100))


def cost_of(document: DocumentNode, variables: Mapping[str, Any]) -> Cost:
    """The cost of the only operation in a document."""
    fragments = {part.name.value: part for part in document.definitions if isinstance(part, FragmentDefinitionNode)}
    operation = next(part for part in document.definitions if isinstance(part, OperationDefinitionNode))
    cost = Cost()
    _add(operation.selection_set, 1, cost, (fragments, variables))
    return cost


def _add(
    selection: SelectionSetNode | None, parents: int, cost: Cost, known: tuple[Mapping[str, FragmentDefinitionNode], Mapping[str, Any]]
) -> None:
    fragments, variables = known
    for part in selection.selections if selection else ():
        if isinstance(part, FragmentSpreadNode):
            _add(fragments[part.name.value].selection_set, parents, cost, known)
        elif isinstance(part, InlineFragmentNode):
            _add(part.selection_set, parents, cost, known)
        elif isinstance(part, FieldNode):
            _add(part.selection_set, _children(part, parents, cost, variables), cost, known)


def _children(part: FieldNode, parents: int, cost: Cost, variables: Mapping[str, Any]) -> int:
    """How many parents the selection below a field has; counts the field when it is a connection."""
    given = {argument.name.value: value_from_ast_untyped(argument.value, dict(variables)) for argument in part.arguments or ()}
    size = given.get("first") or given.get("last")
    if part.name.value == "nodes" and isinstance(given.get("ids"), list):
        return parents * len(given["ids"])
    if not isinstance(size, int):
        return parents
    cost.requests += parents
    cost.nodes += parents * size
    return parents * size
