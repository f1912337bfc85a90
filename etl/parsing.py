"""Raw records to rows: pure, record by record; what cannot be understood is set aside with its reason."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from etl.entity import Entity, Parsing, Raw, RecordError, Row, Rows

UNREADABLE = (RecordError, ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError, RecursionError)
"""What a parser may raise over a record that is not of the shape it should have."""


@dataclass(frozen=True)
class Rejected:
    """A record that could not be understood."""

    index: int
    reason: str
    raw: Any
    external_id: str | None = None


@dataclass
class Parsed:
    """Rows by table, and what could not become rows."""

    rows: Rows = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)

    def add(self, rows: Mapping[str, Iterable[Row]]) -> None:
        """Take the rows of one more record."""
        for table, more in rows.items():
            self.rows.setdefault(table, []).extend(more)


def parse_records(entity: Entity[Any], parsing: Parsing, records: Iterable[Raw]) -> Parsed:
    """The rows of all records that can be understood."""
    parsed = Parsed()
    for index, raw in enumerate(records):
        made = make_rows(entity, parsing, raw)
        if isinstance(made, str):
            parsed.rejected.append(Rejected(index, made, raw, identify(entity, raw)))
        else:
            parsed.add(made)
    return parsed


def make_rows(entity: Entity[Any], parsing: Parsing, raw: Raw) -> Rows | str:
    """The rows of a record, or in words why it cannot be understood."""
    try:
        return entity.parse(parsing, raw)
    except UNREADABLE as error:
        return reason_of(error)


def is_settled(entity: Entity[Any], raw: Raw) -> bool:
    """Whether a record has come to its end; one that cannot be read is nothing to wait for."""
    try:
        return entity.settled is None or entity.settled(raw)
    except UNREADABLE:
        return True


def identify(entity: Entity[Any], raw: Raw) -> str | None:
    """The record's external id; None when it has none that can be read."""
    try:
        return entity.external_id(raw) or None
    except UNREADABLE:
        return None


def reason_of(error: BaseException) -> str:
    """Why a record was set aside, in words."""
    if isinstance(error, KeyError):
        return f"the member {error} is missing"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return str(error)[:500] or type(error).__name__


_OWN_PORT = re.compile(rb"(https?://(?:127\.0\.0\.1|localhost)):\d+")


def payload_hash(text: bytes) -> str:
    """A digest of a record's canonical text, equal for equal records.

    The port of a source on this machine does not count: the stand-in gets another with every start.
    """
    if b"://127.0.0.1:" in text or b"://localhost:" in text:
        text = _OWN_PORT.sub(rb"\1", text)
    return hashlib.blake2b(text, digest_size=16).hexdigest()
