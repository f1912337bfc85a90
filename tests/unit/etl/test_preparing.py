"""Making pages ready to be stored."""

import asyncio
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
    records = [{"id": number, "at": "a", "bad": number == 0} for number in range(4 * SLICE)]
    prepared = await prepare_beside(THINGS, Parsing("github"), records)
    storing.cancel()
    assert turns >= 4
    assert [record.made for record in prepared.records[:2]] == ["it is bad", {"thing": [{"id": 1}]}]
