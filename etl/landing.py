"""Storing one page: raw records, rows, what was set aside; always inside the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg
from sqlalchemy import Table, delete, select, text, tuple_, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from etl.entity import Entity, Parsing, Row, Rows
from etl.parsing import Parsed, Rejected, make_rows, parse_records
from etl.preparing import Prepared, Record
from store.database import Database
from store.documents import clean_text, document_text
from store.tables import metadata
from store.tables.raw import raw_record
from store.upsert import insert, upsert

UNSTORABLE = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
    DBAPIError,
    ValueError,
    OverflowError,
    TypeError,
    AttributeError,
)
"""What PostgreSQL or its driver raise over a value that no column can hold."""


@dataclass
class Landed:
    """What became of the records of one page."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    quarantined: int = 0
    deleted: int = 0
    ids: set[str] = field(default_factory=set)


class _Known(NamedTuple):
    """What is stored of a record; with nothing stored it may yet have been set aside before."""

    payload_hash: str | None = None
    version: str | None = None
    scope: str | None = None
    deleted: bool = False
    aside: bool = False

    @property
    def stored(self) -> bool:
        return self.payload_hash is not None


_NOTHING = _Known()


class _Fresh(NamedTuple):
    """A record that differs from what is stored."""

    record: Record
    known: _Known


@dataclass(frozen=True)
class Landing:
    """Where records go: the entity with what its parser may know, and the run that brings them."""

    entity: Entity[Any]
    parsing: Parsing
    scope_id: str
    run: str
    at: datetime
    """When the source gave the page, by its clock."""


async def land(connection: AsyncConnection, landing: Landing, prepared: Prepared) -> Landed:
    """Store the records of a page; those that are equal to what is stored write nothing."""
    landed = Landed(ids=set(prepared.ids))
    known = await _known(connection, landing, prepared.ids)
    named = [_Fresh(record, known.get(record.external_id, _NOTHING)) for record in prepared.records]
    fresh = [item for item in named if _is_news(item, landing.scope_id)]
    landed.unchanged = len(named) - len(fresh)
    parsed = _parse(landing, fresh)
    bad = {rejected.index for rejected in parsed.rejected}
    good = [item for index, item in enumerate(fresh) if index not in bad] if bad else fresh
    rejected = [*prepared.unread, *parsed.rejected, *await _store(connection, landing, good, parsed)]
    await _set_aside(connection, landing, rejected)
    await _count(connection, landing, good, rejected, landed)
    return landed


def _parse(landing: Landing, fresh: Sequence[_Fresh]) -> Parsed:
    """The rows of what is news, made now unless they were made before."""
    parsed = Parsed()
    for index, (record, _) in enumerate(fresh):
        made = record.made
        if made is None:
            made = make_rows(landing.entity, landing.parsing, record.raw)
        if isinstance(made, str):
            parsed.rejected.append(Rejected(index, made, record.raw, record.external_id))
        else:
            parsed.add(made)
    return parsed


def _is_news(item: _Fresh, scope_id: str) -> bool:
    if not item.known.stored or item.known.deleted or item.known.scope != scope_id:
        return True
    if item.known.version and item.record.version and item.record.version < item.known.version:
        return False  # an old page must not overwrite what a newer one or a webhook brought
    return item.record.digest != item.known.payload_hash


_KNOWN = """
select external_id, payload_hash, version, scope, deleted_at is not null, false from raw_record
where site = $1 and entity = $2 and external_id = any($3)
union all select external_id, null, null, null, false, true from quarantine
where site = $1 and entity = $2 and external_id = any($3) and resolved_at is null
"""


async def _known(connection: AsyncConnection, landing: Landing, ids: list[str]) -> dict[str, _Known]:
    raw = await Database.raw(connection)
    rows = await raw.fetch(_KNOWN, landing.parsing.site, landing.entity.name, [clean_text(name) for name in ids])
    found: dict[str, _Known] = {}
    for name, *values in rows:
        here, before = _Known(*values), found.get(name, _NOTHING)
        found[name] = (before if before.stored else here)._replace(aside=before.aside or here.aside)
    return found


async def _store(connection: AsyncConnection, landing: Landing, good: Sequence[_Fresh], parsed: Parsed) -> list[Rejected]:
    """Store the good ones together; if the database refuses, one by one, so that only the culprits are set aside.

    Records that were never seen go the quick way first, on which something in their place is an error.
    """
    if not good:
        return []
    for new in (False,) if any(item.known.stored for item in good) else (True, False):
        try:
            async with connection.begin_nested():
                await _write(connection, landing, good, parsed.rows, new=new)
        except UNSTORABLE as error:
            if _lost(error):
                raise
            if not (new and isinstance(error, asyncpg.UniqueViolationError)):
                break
        else:
            return []
    return await _store_singly(connection, landing, good)


def _lost(error: BaseException) -> bool:
    """Whether the database went away or asks to try the transaction again: no record's fault."""
    if not isinstance(error, DBAPIError):
        return False
    original = getattr(error.orig, "__cause__", None) or error.orig
    faults = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.ProgramLimitExceededError)
    return error.connection_invalidated or not isinstance(original, faults)


async def _store_singly(connection: AsyncConnection, landing: Landing, good: Sequence[_Fresh]) -> list[Rejected]:
    rejected = []
    for index, item in enumerate(good):
        rows = landing.entity.parse(landing.parsing, item.record.raw)
        try:
            async with connection.begin_nested():
                await _write(connection, landing, [item], rows)
        except UNSTORABLE as error:
            if _lost(error):
                raise
            rejected.append(Rejected(index, f"it cannot be stored: {_plain(error)}", item.record.raw, item.record.external_id))
    return rejected


def _plain(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or error).split("\n", 1)[0][:300]


async def _write(connection: AsyncConnection, landing: Landing, good: Sequence[_Fresh], rows: Rows, *, new: bool = False) -> None:
    await (insert if new else upsert)(connection, raw_record, [_raw_row(landing, item.record) for item in good])
    await write_rows(connection, landing.entity, rows, new=new)
    revived = [item for item in good if item.known.deleted]
    if revived:
        await _revive(connection, landing, revived)


def _raw_row(landing: Landing, record: Record) -> Row:
    return {
        "site": landing.parsing.site,
        "entity": landing.entity.name,
        "external_id": record.external_id,
        "scope": landing.scope_id,
        "payload": record.document,
        "payload_hash": record.digest,
        "version": record.version,
        "fetched_at": landing.at,
        "deleted_at": None,
        "run_id": landing.run,
    }


async def write_rows(connection: AsyncConnection, entity: Entity[Any], rows: Rows, *, new: bool = False) -> None:
    """Write rows table by table, always in the same order so that two writers never wait for each other in a ring.

    With `new` those that belong to one record alone are added as what cannot be there yet.

    Raises:
        asyncpg.UniqueViolationError: it was there.
    """
    parents = [row["id"] for row in rows.get(entity.tables[0], [])] if entity.replaces else []
    if new:
        await _drop_all(connection, entity, parents)
    for name in sorted(rows):
        write = insert if new and name in entity.own else upsert
        await write(connection, metadata.tables[name], rows[name])
    if not new:
        for name, parent_column in entity.replaces:
            await _drop_others(connection, metadata.tables[name], parent_column, parents, rows.get(name, []))


async def _drop_all(connection: AsyncConnection, entity: Entity[Any], parents: Sequence[str]) -> None:
    """Delete what is left of these parents from another life, in one statement."""
    if not parents:
        return
    parts = (f'd{place} as (delete from "{name}" where "{column}" = any($1))' for place, (name, column) in enumerate(entity.replaces))
    raw = await Database.raw(connection)
    await raw.execute(f"with {', '.join(parts)} select", list(parents))


async def _drop_others(connection: AsyncConnection, table: Table, parent_column: str, parents: Sequence[str], rows: Sequence[Row]) -> None:
    """Delete children of these parents that the parents no longer have."""
    if not parents:
        return
    keys = [column.name for column in table.primary_key]
    kinds = [table.c[name].type.compile(connection.dialect) for name in keys]
    arrays = ", ".join(f"cast(:k{index} as {kind}[])" for index, kind in enumerate(kinds))
    same = " and ".join(f'child."{name}" = kept.k{index}' for index, name in enumerate(keys))
    aliases = ", ".join(f"k{index}" for index in range(len(keys)))
    statement = text(
        f'delete from "{table.name}" as child where child."{parent_column}" = any(cast(:parents as text[]))'
        f" and not exists (select 1 from unnest({arrays}) as kept({aliases}) where {same})"
    )
    values: dict[str, Any] = {f"k{index}": [row[name] for row in rows] for index, name in enumerate(keys)}
    await connection.execute(statement, {**values, "parents": list(parents)})


_FORGET = text(
    "delete from quarantine where site = :site and entity = :entity and external_id = any(cast(:ids as text[])) and resolved_at is null"
)
_KEEP_ASIDE = text(
    "insert into quarantine (site, entity, external_id, scope, reason, payload, run_id, at)"
    " values (:site, :entity, :external_id, :scope, :reason, cast(:payload as jsonb), :run, :at)"
)
_RESOLVE = text(
    "update quarantine set resolved_at = :at"
    " where site = :site and entity = :entity and external_id = any(cast(:ids as text[])) and resolved_at is null"
)


async def _set_aside(connection: AsyncConnection, landing: Landing, rejected: Sequence[Rejected]) -> None:
    """Keep what could not be understood, once per record."""
    if not rejected:
        return
    place = {"site": landing.parsing.site, "entity": landing.entity.name}
    await connection.execute(_FORGET, {**place, "ids": [item.external_id for item in rejected if item.external_id]})
    rows = [
        {
            **place,
            "external_id": item.external_id and clean_text(item.external_id),
            "scope": landing.scope_id,
            "reason": clean_text(item.reason),
            "payload": document_text(item.raw),
            "run": landing.run,
            "at": landing.at,
        }
        for item in rejected
    ]
    await connection.execute(_KEEP_ASIDE, rows)


async def _count(
    connection: AsyncConnection, landing: Landing, good: Sequence[_Fresh], rejected: Sequence[Rejected], landed: Landed
) -> None:
    out = {item.external_id for item in rejected}
    stored = [item for item in good if item.record.external_id not in out]
    landed.updated = sum(item.known.stored for item in stored)
    landed.inserted = len(stored) - landed.updated
    landed.quarantined = len(rejected)
    if understood := [item.record.external_id for item in stored if item.known.aside]:
        place = {"site": landing.parsing.site, "entity": landing.entity.name, "at": landing.at}
        await connection.execute(_RESOLVE, {**place, "ids": understood})


async def _revive(connection: AsyncConnection, landing: Landing, items: Sequence[_Fresh]) -> None:
    """What was marked as deleted is back."""
    table = metadata.tables[landing.entity.tables[0]]
    if "deleted_at" not in table.c:
        return
    parsed = parse_records(landing.entity, landing.parsing, [item.record.raw for item in items])
    ids = [row["id"] for row in parsed.rows.get(table.name, [])]
    await connection.execute(update(table).where(table.c.id.in_(ids)).values(deleted_at=None))


async def drop_unseen(connection: AsyncConnection, landing: Landing, seen: set[str]) -> int:
    """Mark as deleted what a complete pass over the scope no longer found; returns how many records that were."""
    mine = (
        (raw_record.c.site == landing.parsing.site)
        & (raw_record.c.entity == landing.entity.name)
        & (raw_record.c.scope == landing.scope_id)
    )
    rows = await connection.execute(select(raw_record.c.external_id).where(mine, raw_record.c.deleted_at.is_(None)))
    gone = [row.external_id for row in rows if row.external_id not in seen]
    if gone:
        await mark_deleted(connection, landing, gone)
    return len(gone)


async def mark_deleted(connection: AsyncConnection, landing: Landing, external_ids: Sequence[str]) -> None:
    """The records are gone upstream: their raw records say when, their rows are marked, or dropped where a row cannot be marked."""
    mine = (
        (raw_record.c.site == landing.parsing.site)
        & (raw_record.c.entity == landing.entity.name)
        & (raw_record.c.scope == landing.scope_id)  # what has moved meanwhile lives elsewhere
        & raw_record.c.external_id.in_(external_ids)
    )
    statement = update(raw_record).where(mine).values(deleted_at=landing.at).returning(raw_record.c.payload)
    payloads = [row.payload for row in await connection.execute(statement)]
    if not landing.entity.tables:
        return
    table = metadata.tables[landing.entity.tables[0]]
    rows = parse_records(landing.entity, landing.parsing, payloads).rows.get(table.name, [])
    if "deleted_at" in table.c:
        await connection.execute(update(table).where(table.c.id.in_([row["id"] for row in rows])).values(deleted_at=landing.at))
    else:
        await _drop_rows(connection, table, rows)


async def _drop_rows(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    keys = list(table.primary_key)
    if rows:
        await connection.execute(delete(table).where(tuple_(*keys).in_([tuple(row[key.name] for key in keys) for row in rows])))
