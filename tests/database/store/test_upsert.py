"""`upsert`: a row written twice is found once."""

from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import ARRAY, Column, DateTime, Integer, MetaData, Numeric, Table, Text, delete, select
from sqlalchemy.dialects.postgresql import JSONB

from store.database import Database
from store.upsert import UpsertResult, insert, upsert

thing = Table(
    "thing",
    MetaData(),
    Column("id", Text, primary_key=True),
    Column("title", Text),
    Column("labels", ARRAY(Text)),
    Column("size", Integer),
    Column("price", Numeric),
    Column("changed_at", DateTime(timezone=True)),
    Column("payload", JSONB),
    Column("seen_at", DateTime(timezone=True)),
    info={"volatile": ("seen_at",), "newer_by": "changed_at"},
)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def db_thing(db: Database) -> Database:
    """A database with the table of these tests."""
    async with db.begin() as connection:
        await connection.run_sync(thing.create)
    return db


def row(key: str = "a", **values: Any) -> dict[str, Any]:
    """A complete row with everything but `values` at its default."""
    return {
        "id": key,
        "title": "one",
        "labels": ["x"],
        "size": 1,
        "price": 0.1,
        "changed_at": NOON,
        "payload": {"k": [1, None]},
        "seen_at": NOON,
        **values,
    }


async def write(db: Database, *rows: dict[str, Any]) -> UpsertResult:
    """One upsert in one transaction."""
    async with db.begin() as connection:
        return await upsert(connection, thing, rows)


async def stored(db: Database) -> list[Any]:
    """All rows by key."""
    async with db.connect() as connection:
        return [dict(found._mapping) for found in await connection.execute(select(thing).order_by(thing.c.id))]


async def test_the_same_rows_twice_are_unchanged_the_second_time(db_thing: Database) -> None:
    """A second sync of an unchanged source writes nothing."""
    rows = [row("a"), row("b")]
    assert [await write(db_thing, *rows), await write(db_thing, *rows)] == [UpsertResult(inserted=2), UpsertResult(unchanged=2)]


async def test_only_the_row_that_differs_is_updated(db_thing: Database) -> None:
    """Counts tell new, changed and known rows apart."""
    await write(db_thing, row("a"), row("b"))
    assert await write(db_thing, row("a", payload={"k": []}), row("b"), row("c")) == UpsertResult(inserted=1, updated=1, unchanged=1)


async def test_of_two_rows_with_one_key_in_a_batch_the_last_wins(db_thing: Database) -> None:
    """A page may hold a record twice when it moved while being read."""
    assert await write(db_thing, row(title="early"), row(title="late")) == UpsertResult(inserted=1)
    assert [found["title"] for found in await stored(db_thing)] == ["late"]


async def test_a_column_left_out_keeps_its_value(db_thing: Database) -> None:
    """Two entities may fill different columns of one table."""
    await write(db_thing, row("a", size=7), row("b", size=8))
    assert await write(db_thing, {"id": "a", "title": "two"}, row("c", size=9), {"id": "b", "title": "three"}) == UpsertResult(1, 2)
    assert [(found["title"], found["size"]) for found in await stored(db_thing)] == [("two", 7), ("three", 8), ("one", 9)]


async def test_a_row_that_was_only_seen_again_is_unchanged(db_thing: Database) -> None:
    """A volatile column alone is no reason to write."""
    await write(db_thing, row())
    assert await write(db_thing, row(seen_at=NOON.replace(hour=13))) == UpsertResult(unchanged=1)


async def test_an_old_page_does_not_overwrite_a_newer_row(db_thing: Database) -> None:
    """A page read before a webhook arrived must not undo it."""
    await write(db_thing, row(title="new"))
    assert await write(db_thing, row(title="old", changed_at=NOON.replace(hour=1))) == UpsertResult(unchanged=1)
    assert [found["title"] for found in await stored(db_thing)] == ["new"]


async def test_text_that_postgresql_cannot_hold_is_cleaned_not_refused(db_thing: Database) -> None:
    """NUL, half surrogate pairs and NaN come from real sources; one of them must not fail a page."""
    await write(
        db_thing,
        row(title="a\x00b\ud800", labels=["\x00x"], payload={"t\x00": "n\x00", "f": float("nan"), "s": "\udfff", "kept": "\\u0000"}),
    )
    found = (await stored(db_thing))[0]
    assert (found["title"], found["labels"], found["payload"]) == ("ab?", ["x"], {"t": "n", "f": None, "s": "?", "kept": "\\u0000"})


async def test_two_upserts_into_one_table_share_a_transaction(db_thing: Database) -> None:
    """A page may carry two batches of the same table."""
    async with db_thing.begin() as connection:
        results = [await upsert(connection, thing, [row("a")]), await upsert(connection, thing, [row("a", size=2)])]
    assert results == [UpsertResult(inserted=1), UpsertResult(updated=1)]


@pytest.mark.parametrize("rows", [[{"id": "a", "colour": 1}], [row(), {"title": "x"}]], ids=["unknown", "no key"])
async def test_rows_that_do_not_fit_the_table_are_refused(db_thing: Database, rows: list[dict[str, Any]]) -> None:
    """A connector that misspells a column hears of it before anything is written."""
    with pytest.raises(ValueError, match="thing"):
        await write(db_thing, *rows)


async def test_a_row_that_is_there_as_given_is_not_even_locked(db_thing: Database) -> None:
    """Two pages bring the same accounts at the same time; neither waits for the other over rows that stay as they are."""
    await write(db_thing, row("a"), row("b"))
    async with db_thing.begin() as first, db_thing.begin() as second:
        assert await upsert(first, thing, [row("a"), row("b", size=2)]) == UpsertResult(updated=1, unchanged=1)
        assert await upsert(second, thing, [row("a", size=3)]) == UpsertResult(updated=1)


async def test_new_rows_are_added_cleaned_and_each_key_once(db_thing: Database) -> None:
    """What was never seen takes the quick way and ends up as `upsert` would write it."""
    rows = [row("a", title="early"), row("b\x00", labels=["\x00x", 'with "quotes" and \\'], title="\ud800"), row("a", title="late")]
    async with db_thing.begin() as connection:
        await insert(connection, thing, rows)
    added = await stored(db_thing)
    assert [(found["id"], found["title"], found["labels"]) for found in added] == [
        ("a", "late", ["x"]),
        ("b", "?", ["x", 'with "quotes" and \\']),
    ]
    assert await write(db_thing, *rows) == UpsertResult(unchanged=2)


async def test_a_row_that_is_there_is_not_added_again(db_thing: Database) -> None:
    """Whoever thought it was new hears of it, and nothing of the batch is written."""
    await write(db_thing, row("b"))
    with pytest.raises(asyncpg.UniqueViolationError):
        async with db_thing.begin() as connection:
            await insert(connection, thing, [row("a"), row("b", size=2)])
    assert [found["id"] for found in await stored(db_thing)] == ["b"]


documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
rows_of_things = st.lists(
    st.builds(
        row,
        st.sampled_from("abc"),
        title=st.none() | st.text(),
        labels=st.lists(st.text(), max_size=3),
        size=st.none() | st.integers(-(2**31), 2**31 - 1),
        payload=documents,
        changed_at=st.just(NOON),
    ),
    max_size=8,
)


@pytest.mark.timeout(60)
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=rows_of_things, second=rows_of_things)
async def test_whatever_is_written_the_last_row_of_each_key_is_found_once(
    db_thing: Database, first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    """Counts add up to the distinct keys, keys are never doubled, and writing again changes nothing."""
    async with db_thing.begin() as connection:
        await connection.execute(delete(thing))
    await write(db_thing, *first)
    result = await write(db_thing, *second)
    assert result.inserted + result.updated + result.unchanged == len({item["id"] for item in second})
    assert {found["id"] for found in await stored(db_thing)} == {item["id"] for item in first + second}
    latest = list({item["id"]: item for item in second}.values())
    assert await write(db_thing, *latest) == UpsertResult(unchanged=len(latest))
