"""Records that move from one place to another: they are stored once, where they are now."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, text

from etl.catalogue import Declared
from etl.entity import Entity, Page, Position, Raw, Scope
from etl.prove import prove
from etl.repair import repair
from etl.sync import sync
from store.database import Database
from store.settings import Settings
from store.tables.code import repository

Declare = Callable[..., Callable[[Any], Declared]]
Places = dict[str, list[Raw]]


@pytest.fixture
async def places(db: Database) -> Places:
    """Two repositories, the first with two records."""
    async with db.begin() as connection:
        rows = [{"id": f"github:repo:{name}", "site": "github", "full_name": f"acme/{name}", "name": name} for name in ("one", "two")]
        await connection.execute(insert(repository), rows)
    return {"acme/one": [{"id": 1, "tag": "v1"}, {"id": 2, "tag": "v2"}], "acme/two": []}


@pytest.fixture
def declared(upstream: Any, declare: Declare, places: Places) -> Callable[[Any], Declared]:
    """A source that lists the records of each repository."""

    async def pages(_client: Any, scope: Scope, _position: Position) -> AsyncIterator[Page]:
        yield Page(list(places[scope.name]), None, server_time=upstream.clock.isoformat())

    entity: Entity[Any] = replace(upstream.entity(incremental=False), scope="repository", pages=pages)
    return declare(entity)


async def stored(db: Database) -> list[tuple[str, str]]:
    """Place and id of every record."""
    async with db.connect() as connection:
        found = await connection.execute(text("select scope, external_id from raw_record where deleted_at is null order by external_id"))
        tags = list((await connection.scalars(text("select tag from release order by tag"))).all())
    rows = [(row.scope.rpartition(":")[2], row.external_id) for row in found]
    assert [f"v{number}" for _, number in rows] == tags
    return rows


async def test_a_record_that_moved_is_found_where_it_is_now(
    db: Database, settings: Settings, places: Places, declared: Callable[[Any], Declared]
) -> None:
    """The next complete reading neither loses nor doubles it, whichever place is read first."""
    await sync(settings, db, sources=["github"], declared=declared)
    places["acme/two"].append(places["acme/one"].pop(0))
    await sync(settings, db, sources=["github"], declared=declared)
    await sync(settings, db, sources=["github"], declared=declared)
    assert await stored(db) == [("two", "1"), ("one", "2")]


async def test_a_proof_tells_what_moved_and_a_repair_follows_it(
    db: Database, settings: Settings, places: Places, declared: Callable[[Any], Declared]
) -> None:
    """It is no loss where it was and no gap where it is."""
    await sync(settings, db, sources=["github"], declared=declared)
    places["acme/two"].append(places["acme/one"].pop(0))
    [before] = await prove(settings, db, sources=["github"], declared=declared)
    assert (before.moved, before.missing) == (["1"], [])
    [after] = await repair(settings, db, sources=["github"], declared=declared)
    assert (after.equal, await stored(db)) == (True, [("two", "1"), ("one", "2")])
