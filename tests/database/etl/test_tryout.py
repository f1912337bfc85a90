"""A job tried by hand, and a store that is emptied."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from etl.catalogue import Declared
from etl.sync import sync
from etl.tryout import try_entity
from gateway.database import empty
from store.clock import wall_clock
from store.database import Database
from store.errors import InvalidQuestion, NotCovered
from store.settings import Settings
from store.tables.delivery import release
from store.tables.operations import app_user, schedule
from store.tables.people import mapping_decision
from store.tables.raw import raw_record

pytestmark = pytest.mark.timeout(30)
Upstream = Any
Declare = Callable[..., Callable[[Any], Declared]]


async def test_one_page_is_read_and_parsed_and_nothing_is_stored(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """Rows per table, what would be set aside, whether more follows."""
    upstream.put(0, broken=True)
    declared = declare(upstream.entity())
    tried = await try_entity(settings, db, "github", "inventions", declared=declared)
    assert (tried["entity"], tried["records"], tried["more"], tried["rows"]) == ("github.inventions", 3, True, {"release": 2})
    assert tried["set_aside"] == [{"index": 0, "reason": "it is broken"}]
    with pytest.raises(InvalidQuestion, match=r"take one of github\.inventions"):
        await try_entity(settings, db, "github", "nothing", declared=declared)
    async with db.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(raw_record)) == 0


async def test_what_is_read_for_each_repository_needs_one(db: Database, settings: Settings, upstream: Upstream, declare: Declare) -> None:
    """The message says which sync brings it."""
    entity = upstream.entity()
    declared = declare(type(entity)(**{**vars(entity), "scope": "repository"}))
    with pytest.raises(NotCovered, match="pulse sync github"):
        await try_entity(settings, db, "github", "inventions", declared=declared)


async def test_emptying_the_synced_tables_keeps_what_people_made(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """Users, schedules and decisions stay; the next sync reads everything."""
    declared = declare(upstream.entity())
    await sync(settings, db, sources=["github"], declared=declared)
    kept = (
        insert(app_user).values(id="u", email="ana@acme.example", role="admin"),
        insert(schedule).values(source="github", paused=True),
        insert(mapping_decision).values(id="m", kind="identity", subject="a", object="b", decision="accepted", decided_at=wall_clock()),
    )
    async with db.begin() as connection:
        for statement in kept:
            await connection.execute(statement)
    assert {"raw_record", "release", "checkpoint", "fact_change"} <= set(await empty(db))
    async with db.connect() as connection:
        counts = [await connection.scalar(select(func.count()).select_from(one)) for one in (release, app_user, schedule, mapping_decision)]
    assert counts == [0, 1, 1, 1]
    assert (await sync(settings, db, sources=["github"], declared=declared)).entities[0].inserted == 10
