"""Records that were set aside, tried again: after a mapping was mended, or a later version of Pulse understands them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from etl.catalogue import Declared, declared
from etl.connections import Connection, connections
from etl.entity import SOURCES, Entity, Parsing, Scope, Source
from etl.landing import Landing, land
from etl.preparing import prepare
from etl.scopes import scopes_of
from store.clock import wall_clock
from store.database import Database
from store.settings import Settings
from store.tables.raw import quarantine

BATCH = 200
RUN = "quarantine"
"""Stands where a run's id stands: no sync brought these records again."""


@dataclass
class Retried:
    """What became of an entity's records; counts are records."""

    entity: str
    tried: int = 0
    stored: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The members of the command line's JSON."""
        return {"entity": self.entity, "tried": self.tried, "stored": self.stored, "still_aside": self.tried - self.stored}


async def retry(
    settings: Settings, db: Database, *, sources: Sequence[Source] = SOURCES, declared: Callable[[Source], Declared] = declared
) -> list[Retried]:
    """Parse and store every record that is set aside; those that still cannot be understood stay there."""
    found = []
    for one in await connections(settings, db, sources, declared):
        source = declared(one.source)
        for entity in source.entities:
            result = await _retry_entity(db, one, source, entity)
            if result.tried:
                found.append(result)
    return found


async def _retry_entity(db: Database, one: Connection, source: Declared, entity: Entity[Any]) -> Retried:
    result, after = Retried(entity.name), 0
    async with db.connect() as connection:
        lookups = await source.connector.lookups(connection, one.settings, one.site)
        scopes = {scope.id: scope for scope in await scopes_of(connection, entity, one.site)}
        last = int(await connection.scalar(select(quarantine.c.id).order_by(quarantine.c.id.desc()).limit(1)) or 0)
    mine = (quarantine.c.site == one.site, quarantine.c.entity == entity.name, quarantine.c.resolved_at.is_(None), quarantine.c.id <= last)
    while True:  # what fails again gets a new id, beyond `last`
        async with db.begin() as connection:
            statement = select(quarantine).where(*mine, quarantine.c.id > after).order_by(quarantine.c.id).limit(BATCH)
            rows = [dict(row) for row in (await connection.execute(statement)).mappings()]
            if not rows:
                return result
            after = rows[-1]["id"]
            result.tried += len(rows)
            for scope_id, records in _by_scope(rows).items():
                result.stored += await _land(connection, entity, one.site, scopes.get(scope_id), lookups, scope_id, records)


def _by_scope(rows: Sequence[dict[str, Any]]) -> Mapping[str, list[dict[str, Any]]]:
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["scope"] or "", []).append(row)
    return grouped


async def _land(
    connection: AsyncConnection,
    entity: Entity[Any],
    site: str,
    scope: Scope | None,
    lookups: Mapping[str, Any],
    scope_id: str,
    rows: Sequence[dict[str, Any]],
) -> int:
    nameless = [row["id"] for row in rows if row["external_id"] is None]
    await connection.execute(delete(quarantine).where(quarantine.c.id.in_(nameless)))  # landing puts those back that have no id still
    landing = Landing(entity, Parsing(site, scope, lookups), scope_id, RUN, wall_clock())
    landed = await land(connection, landing, prepare(entity, [row["payload"] for row in rows]))
    # One whose newer version is stored already is understood as well, though landing had nothing to write for it.
    settled = (quarantine.c.id.in_([row["id"] for row in rows]), quarantine.c.resolved_at.is_(None))
    await connection.execute(update(quarantine).where(*settled).values(resolved_at=wall_clock()))
    return len(rows) - landed.quarantined
