"""Records made ready to be stored, apart from the database: while one page is written, the next one is prepared."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from etl.entity import Entity, Parsing, Raw, Rows
from etl.parsing import UNREADABLE, Rejected, identify, make_rows, payload_hash, reason_of
from store.documents import canonical

SLICE = 25
"""Records prepared at a stretch: some milliseconds, after which what is being written gets its turn."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record with what tells whether it is news."""

    external_id: str
    raw: Raw
    document: bytes
    """Its canonical text."""
    digest: str
    version: str | None
    made: Rows | str | None
    """Its rows, or why there are none; None when nobody has tried yet."""


@dataclass
class Prepared:
    """The records of a page, each once, and those of which not even the id or the time of change can be read."""

    records: list[Record] = field(default_factory=list)
    unread: list[Rejected] = field(default_factory=list)
    ids: dict[str, tuple[int, Raw]] = field(default_factory=dict)
    """By external id: the place in the page, and the record."""


def prepare(entity: Entity[Any], records: Iterable[Raw]) -> Prepared:
    """Prepare records; their rows are made later, of those that are news."""
    prepared = _named(entity, records)
    for external_id in prepared.ids:
        _add(prepared, entity, None, external_id)
    return prepared


async def prepare_beside(entity: Entity[Any], parsing: Parsing | None, records: Iterable[Raw]) -> Prepared:
    """The same bit by bit, beside other work. With `parsing` the rows are made too: where all will be news."""
    prepared = _named(entity, records)
    for number, external_id in enumerate(prepared.ids, 1):
        _add(prepared, entity, parsing, external_id)
        if number % SLICE == 0:
            await asyncio.sleep(0)
    return prepared


def _named(entity: Entity[Any], records: Iterable[Raw]) -> Prepared:
    """The records by id; of those that are given twice the last one counts."""
    prepared = Prepared()
    for index, raw in enumerate(records):
        external_id = identify(entity, raw)
        if external_id is None:
            prepared.unread.append(Rejected(index, "it has no id", raw))
        else:
            prepared.ids[external_id] = index, raw
    return prepared


def _add(prepared: Prepared, entity: Entity[Any], parsing: Parsing | None, external_id: str) -> None:
    index, raw = prepared.ids[external_id]
    try:
        document = canonical(raw)
        version = entity.version(raw) if entity.version else None
    except UNREADABLE as error:
        prepared.unread.append(Rejected(index, reason_of(error), raw, external_id))
        return
    made = make_rows(entity, parsing, raw) if parsing else None
    prepared.records.append(Record(external_id, raw, document, payload_hash(document), version, made))
