"""Rows made again from the raw records, without asking the source: after a parser or a mapping changed, or a table was emptied."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from etl.catalogue import Declared, declared
from etl.connections import Connection, connections
from etl.entity import SOURCES, Entity, Parsing, Source
from etl.landing import write_rows
from etl.parsing import parse_records
from etl.patience import patiently
from etl.scopes import scopes_of
from store.database import Database
from store.settings import Settings
from store.tables import metadata
from store.tables.raw import raw_record

BATCH = 500
"""Raw records per transaction."""


@dataclass
class Replayed:
    """What was made again; counts are records."""

    entity: str
    records: int = 0
    rejected: int = 0
    reasons: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The members of the command line's JSON."""
        return {"entity": self.entity, "records": self.records, "rejected": self.rejected, "reasons": list(self.reasons)}


async def replay(
    settings: Settings,
    db: Database,
    *,
    sources: Sequence[Source] = SOURCES,
    only: Sequence[str] = (),
    declared: Callable[[Source], Declared] = declared,
) -> list[Replayed]:
    """Make the rows of all stored raw records again, source by source and in the order of a sync; `only` names entities."""
    found = await connections(settings, db, sources, declared)
    chosen = [(one, declared(one.source), entity) for one in found for entity in declared(one.source).entities]
    return [await _replay_entity(db, one, source, entity) for one, source, entity in chosen if not only or entity.name in only]


async def _replay_entity(db: Database, one: Connection, source: Declared, entity: Entity[Any]) -> Replayed:
    site = one.site
    result = Replayed(entity.name)
    async with db.connect() as connection:
        lookups = await source.connector.lookups(connection, one.settings, site)
        scopes = {scope.id: scope for scope in await scopes_of(connection, entity, site)}
    after: str | None = ""

    async def next_batch() -> tuple[str | None, Replayed]:
        made = replace(result)
        async with db.begin() as connection:
            batch = await _batch(connection, site, entity.name, after or "")
            for scope_id, records in _by_scope(batch).items():
                parsing = Parsing(site, scopes.get(scope_id), lookups)
                await _replay_batch(connection, entity, parsing, records, made)
        return batch[-1].external_id if batch else None, made

    while after is not None:
        after, result = await patiently(next_batch)
    return result


async def _batch(connection: AsyncConnection, site: str, entity: str, after: str) -> Sequence[Any]:
    """The next raw records, locked: what a sync brings meanwhile must come after what is made of them."""
    columns = (raw_record.c.external_id, raw_record.c.scope, raw_record.c.payload, raw_record.c.deleted_at)
    mine = (raw_record.c.site == site, raw_record.c.entity == entity, raw_record.c.external_id > after)
    statement = select(*columns).where(*mine).order_by(raw_record.c.external_id).limit(BATCH).with_for_update(read=True)
    return (await connection.execute(statement)).all()


def _by_scope(batch: Sequence[Any]) -> Mapping[str, list[Any]]:
    grouped: dict[str, list[Any]] = {}
    for row in batch:
        grouped.setdefault(row.scope or "", []).append(row)
    return grouped


async def _replay_batch(
    connection: AsyncConnection, entity: Entity[Any], parsing: Parsing, records: Sequence[Any], result: Replayed
) -> None:
    table = metadata.tables[entity.tables[0]] if entity.tables else None
    marks = table is not None and "deleted_at" in table.c
    alive = [row for row in records if row.deleted_at is None or marks]
    parsed = parse_records(entity, parsing, [row.payload for row in alive])
    await write_rows(connection, entity, parsed.rows)
    result.records += len(alive) - len(parsed.rejected)
    result.rejected += len(parsed.rejected)
    result.reasons = tuple(sorted({*result.reasons, *(item.reason for item in parsed.rejected)}))[:10]
    if marks and table is not None:
        await _mark_again(connection, entity, parsing, [row for row in alive if row.deleted_at is not None])


async def _mark_again(connection: AsyncConnection, entity: Entity[Any], parsing: Parsing, deleted: Sequence[Any]) -> None:
    table = metadata.tables[entity.tables[0]]
    for row in deleted:
        ids = [made["id"] for made in parse_records(entity, parsing, [row.payload]).rows.get(table.name, [])]
        await connection.execute(update(table).where(table.c.id.in_(ids)).values(deleted_at=row.deleted_at))


async def store_digest(db: Database, tables: Sequence[str]) -> dict[str, str]:
    """A digest of each table's rows, whatever their order; two stores with equal digests hold the same rows."""
    digests = {}
    async with db.connect() as connection:
        for name in tables:
            statement = text(
                f"select md5(coalesce(string_agg(md5(t::text), '' order by md5(t::text)), '')) from \"{metadata.tables[name].name}\" t"
            )
            digests[name] = str(await connection.scalar(statement))
    return digests
