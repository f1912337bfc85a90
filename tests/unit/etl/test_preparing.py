"""Making pages ready to be stored."""

import asyncio
import weakref
from collections.abc import AsyncIterator
from typing import Any

from etl.entity import Entity, Page, Parsing, Position, Raw, RecordError, Rows, Scope
from etl.preparing import SLICE, prepare, prepare_beside


async def _pages(_client: Any, _scope: Scope, _position: Position) -> AsyncIterator[Page]:
    yield Page([], None)


def _parse(_parsing: Parsing, raw: Raw) -> Rows:
    if raw.get("bad"):
        raise RecordError("it is bad")
    return {"thing": [{"id": raw["id"]}]}


def _version(raw: Raw) -> str | None:
    return str(raw["at"])


THINGS = Entity[Any]("github.things", "site", ("thing",), _pages, _parse, external_id=lambda raw: str(raw["id"]), version=_version)


def test_of_a_record_given_twice_the_last_counts_and_what_has_no_id_or_time_is_named() -> None:
    """A page may hold a record twice, when it changed while the page was made."""
    prepared = prepare(THINGS, [{"id": 1, "at": "a"}, {"id": 1, "at": "b"}, {"at": "c"}, {"id": 2}])
    assert [(record.external_id, record.version, record.document, record.made) for record in prepared.records] == [
        ("1", "b", b'{"at":"b","id":1}', None)
    ]
    assert [(one.index, one.external_id, one.reason) for one in prepared.unread] == [
        (2, None, "it has no id"),
        (3, "2", "the member 'at' is missing"),
    ]
    assert set(prepared.ids) == {"1", "2"}


async def test_what_is_being_stored_gets_its_turn_while_a_page_is_prepared() -> None:
    """A thousand issues take a tenth of a second to prepare; a statement must not wait for so long."""
    turns = 0

    async def store() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    storing = asyncio.create_task(store())
    page = Page([{"id": number, "at": "a", "bad": number == 0} for number in range(4 * SLICE)], None)
    prepared = await prepare_beside(THINGS, Parsing("github"), page)
    storing.cancel()
    assert turns >= 4
    assert [record.made for record in prepared.records[:2]] == ["it is bad", {"thing": [{"id": 1}]}]


async def test_records_whose_rows_are_made_are_given_up_and_can_be_had_again() -> None:
    """Several pages wait to be stored: what takes most memory of them is let go as soon as it is no longer needed."""
    record = _Watched({"id": 1, "at": "a", "text": "é\x00"})
    gone, page = weakref.ref(record), Page([record], None)
    copy = dict(record)
    del record
    prepared = await prepare_beside(THINGS, Parsing("github"), page)
    assert gone() is None
    assert not page.records
    assert prepared.records[0].raw == copy


async def test_records_are_kept_while_their_rows_are_still_to_be_made() -> None:
    """What is not news is never made into rows, so they are made once the store has been asked."""
    record: Raw = {"id": 1, "at": "a"}
    prepared = await prepare_beside(THINGS, None, Page([record], None))
    assert prepared.records[0].raw is record


class _Watched(dict[str, Any]):
    """A record of which can be told whether somebody holds it."""
