"""Cursors: opaque to the caller, a position in a sorted list to us."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, tuple_

from store.errors import InvalidQuestion


def to_cursor(position: list[Any]) -> str:
    """`position` (JSON values) as an opaque text."""
    return base64.urlsafe_b64encode(json.dumps(position, separators=(",", ":")).encode()).decode().rstrip("=")


def from_cursor(cursor: str | None, *kinds: type) -> list[Any] | None:
    """The position in `cursor`, or None for the first page.

    Raises:
        InvalidQuestion: `cursor` was not made by `to_cursor` of parts of these kinds (instants as ISO text).
    """
    if cursor is None:
        return None
    try:
        position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise InvalidQuestion("This cursor is not one of ours; leave it out to start from the first page.") from error
    if not isinstance(position, list) or len(position) != len(kinds) or not all(map(_is_of, position, kinds)):
        raise InvalidQuestion("This cursor belongs to another list; leave it out to start from the first page.")
    return position


def _is_of(value: Any, kind: type) -> bool:
    if kind is not datetime:
        return type(value) is kind
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def by_time(
    statement: Select[Any], at: ColumnElement[Any], identity: ColumnElement[Any], position: Sequence[Any] | None, *, oldest_first: bool
) -> Select[Any]:
    """A statement in the order of a time, its id deciding between equals, from behind a position of two parts on."""
    if position:
        here = (datetime.fromisoformat(position[0]), position[1])
        statement = statement.where(tuple_(at, identity) > here if oldest_first else tuple_(at, identity) < here)
    return statement.order_by(*((at, identity) if oldest_first else (at.desc(), identity.desc())))
