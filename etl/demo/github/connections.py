"""Connections: a page of a list with cursors, only the nodes on it are made."""

import base64
from collections.abc import Callable, Sequence
from typing import Any

from graphql import GraphQLError

LARGEST_PAGE = 100


def connection(records: Sequence[Any], make: Callable[[Any], Any]) -> Callable[..., dict[str, Any]]:
    """A field that answers with a page of `records`, each made into a node."""

    def resolve(_info: Any, first: int | None = None, after: str | None = None, last: int | None = None, **_: Any) -> dict[str, Any]:
        start = _offset(after) if after else 0
        stop = min(len(records), start + _size(first, last))
        if last is not None:
            start, stop = max(0, len(records) - last), len(records)
        info = {"hasNextPage": stop < len(records), "hasPreviousPage": start > 0}
        cursors = {"startCursor": _cursor(start) if stop > start else None, "endCursor": _cursor(stop) if stop > start else None}
        made = [make(record) for record in records[start:stop]]
        return {"nodes": made, "totalCount": len(records), "pageInfo": {**info, **cursors}}

    return resolve


def _size(first: int | None, last: int | None) -> int:
    size = first if first is not None else last
    if size is None:
        raise GraphQLError(
            "You must provide a `first` or `last` value to properly paginate.", extensions={"type": "MISSING_PAGINATION_BOUNDARIES"}
        )
    if not 0 <= size <= LARGEST_PAGE:
        raise GraphQLError(
            f"Requesting {size} records exceeds the `first` limit of 100 records.", extensions={"type": "EXCESSIVE_PAGINATION"}
        )
    return size


def _cursor(offset: int) -> str:
    return base64.b64encode(f"cursor:{offset}".encode()).decode()


def _offset(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor).decode().removeprefix("cursor:"))
    except ValueError:
        raise GraphQLError(f"`{cursor}` does not appear to be a valid cursor.", extensions={"type": "INVALID_CURSOR_ARGUMENTS"}) from None
