"""Cursors: opaque to the caller, a position in a sorted list to us."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fastmcp.exceptions import ToolError
from sqlalchemy import ColumnElement, Select, tuple_


def to_cursor(position: list[Any]) -> str:
    """`position` (JSON values) as an opaque text."""
    return base64.urlsafe_b64encode(json.dumps(position, separators=(",", ":")).encode()).decode().rstrip("=")


def from_cursor(cursor: str | None, *, parts: int) -> list[Any] | None:
    """The position in `cursor`, or None for the first page.

    Raises:
        ToolError: `cursor` was not made by `to_cursor` with as many parts.
    """
    if cursor is None:
        return None
    try:
        position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise ToolError("This cursor is not one of ours; leave it out to start from the first page.") from error
    if not isinstance(position, list) or len(position) != parts:
        raise ToolError("This cursor belongs to another list; leave it out to start from the first page.")
    return position


def by_time(
    statement: Select[Any], at: ColumnElement[Any], identity: ColumnElement[Any], position: Sequence[Any] | None, *, oldest_first: bool
) -> Select[Any]:
    """A statement in the order of a time, its id deciding between equals, from behind a position of two parts on."""
    if position:
        here = (datetime.fromisoformat(position[0]), position[1])
        statement = statement.where(tuple_(at, identity) > here if oldest_first else tuple_(at, identity) < here)
    return statement.order_by(*((at, identity) if oldest_first else (at.desc(), identity.desc())))
