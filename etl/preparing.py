"""Records made ready to be stored, apart from the database: while one page is written, the next one is prepared."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from etl.entity import Entity, Page, Parsing, Raw, Rows
from etl.parsing import UNREADABLE, Rejected, identify, is_settled, make_rows, payload_hash, reason_of
from store.documents import canonical, read_document

SLICE = 25
"""Records prepared at a stretch: some milliseconds, after which what is being written gets its turn."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record with what tells whether it is news."""

    external_id: str
    document: bytes
    """Its canonical text."""
    digest: str
    version: str | None
    made: Rows | str | None
    """Its rows, or why there are none; None when nobody has tried yet."""
    kept: Raw | None = None
    """The record itself as long as its rows are still to be made: it takes several times the memory of its text."""

    @property
    def raw(self) -> Raw:
        """The record as it came."""
        found: Raw = read_document(self.document) if self.kept is None else self.kept
        return found


@dataclass
class Prepared:
    """The records of a page, each once, and those of which not even the id or the time of change can be read."""

    records: list[Record] = field(default_factory=list)
    unread: list[Rejected] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    """External ids of both, but for those without any."""
    settled: bool = True
    """Whether all of them have come to their end."""


def prepare(entity: Entity[Any], records: Iterable[Raw]) -> Prepared:
    """Prepare records; their rows are made later, of those that are news."""
    prepared, named = _named(entity, records)
    for external_id, place in named.items():
        _add(prepared, entity, None, external_id, place)
    return prepared


async def prepare_beside(entity: Entity[Any], parsing: Parsing | None, page: Page) -> Prepared:
    """The same bit by bit, beside other work, with the records of a page, which it has no longer then.

    With `parsing` the rows are made too: where all will be news.
    """
    prepared, named = _named(entity, page.take())
    for number, external_id in enumerate(prepared.ids, 1):
        _add(prepared, entity, parsing, external_id, named.pop(external_id))
        if number % SLICE == 0:
            await asyncio.sleep(0)
    return prepared


def _named(entity: Entity[Any], records: Iterable[Raw]) -> tuple[Prepared, dict[str, tuple[int, Raw]]]:
    """Places and records by id; of those that are given twice the last one counts."""
    prepared, named = Prepared(), dict[str, tuple[int, Raw]]()
    for index, raw in enumerate(records):
        external_id = identify(entity, raw)
        prepared.settled = prepared.settled and is_settled(entity, raw)
        if external_id is None:
            prepared.unread.append(Rejected(index, "it has no id", raw))
        else:
            named[external_id] = index, raw
    prepared.ids = list(named)
    return prepared, named


def _add(prepared: Prepared, entity: Entity[Any], parsing: Parsing | None, external_id: str, place: tuple[int, Raw]) -> None:
    index, raw = place
    try:
        document = canonical(raw)
        version = entity.version(raw) if entity.version else None
    except UNREADABLE as error:
        prepared.unread.append(Rejected(index, reason_of(error), raw, external_id))
        return
    made, kept = (make_rows(entity, parsing, raw), None) if parsing else (None, raw)
    prepared.records.append(Record(external_id, document, payload_hash(document), version, made, kept))
