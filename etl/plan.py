"""What a sync would cost, estimated from what the last ones read; nothing is asked of the source."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, select

from etl.catalogue import Declared, declared
from etl.checkpoint import Checkpoint, read_checkpoints, skippable
from etl.connections import connections
from etl.entity import SOURCES, Entity, Scope, Source
from etl.reading import Reading
from etl.scopes import must_be_stored, scopes_of
from etl.sync import earliest
from store.database import Database
from store.settings import Settings
from store.tables.raw import raw_record

PAGE = 100
"""Records that a request usually brings."""

Mode = Literal["full", "incremental", "resume", "fresh", "compare"]


@dataclass(frozen=True)
class Planned:
    """What a sync would do for one entity. `requests_at_most` holds if nothing else changed: quiet scopes are left out when their time comes."""

    source: Source
    entity: str
    mode: Mode
    scopes: int
    records_stored: int
    requests_at_most: int
    since: str | None
    """The earliest instant from which changes would be read."""

    def as_dict(self) -> dict[str, Any]:
        """The members of the command line's JSON."""
        return asdict(self)


async def plan(
    settings: Settings,
    db: Database,
    *,
    sources: Sequence[Source] = SOURCES,
    full: bool = False,
    since: datetime | None = None,
    reconcile: bool = False,
    scopes: Sequence[str] | None = None,
    declared: Callable[[Source], Declared] = declared,
) -> list[Planned]:
    """One row per entity of the sources that are configured, in the order of a sync.

    Raises:
        NotFound: one of the `scopes` is nobody's name.
    """
    wanted = frozenset(scope.casefold() for scope in scopes or ())
    planned = []
    found = await connections(settings, db, sources, declared)
    async with db.connect() as connection:
        await must_be_stored(connection, wanted, {one.source for one in found})
    for one in found:
        chosen = [entity for entity in declared(one.source).entities if not entity.on_demand]
        planned += [
            await _planned(db, one.site, entity, _Asked(wanted, Reading(full, since, reconcile), earliest(settings, one.source)))
            for entity in chosen
        ]
    return planned


@dataclass(frozen=True)
class _Asked:
    wanted: frozenset[str]
    reading: Reading
    earliest: datetime | None


async def _planned(db: Database, site: str, entity: Entity[Any], asked: _Asked) -> Planned:
    async with db.connect() as connection:
        known = await read_checkpoints(connection, site, entity.name)
        scopes = await scopes_of(connection, entity, site, asked.wanted)
        counted = select(raw_record.c.scope, func.count()).where(raw_record.c.site == site, raw_record.c.entity == entity.name)
        stored = {row[0]: row[1] for row in await connection.execute(counted.group_by(raw_record.c.scope))}
    due = [scope for scope in scopes if asked.reading.forces(entity) or not skippable(entity, scope, known.get(scope.id, Checkpoint()))]
    begun = [asked.reading.start(entity, known.get(scope.id, Checkpoint()), asked.earliest) for scope in due]
    requests = [_requests(begin.since, stored.get(scope.id, 0)) for scope, begin in zip(due, begun, strict=True)]
    instants = [begin.since for begin in begun if begin.since]
    records = sum(stored.get(scope.id, 0) for scope in scopes)
    mode, looked_at = _mode(due, [begin.resumed for begin in begun], instants), len(due)
    if asked.reading.reconcile and entity.compared:
        mode, looked_at = "compare", len(scopes)
        requests += [max(1, -(-stored.get(scope.id, 0) // entity.keys_at_once)) for scope in scopes]
    return Planned(entity.source, entity.name, mode, looked_at, records, sum(requests), min(instants, default=None))


def _requests(since: str | None, stored: int) -> int:
    """Requests for a scope: one looks for changes, a complete read takes one for each page."""
    return 1 if since else max(1, -(-stored // PAGE))


def _mode(due: Sequence[Scope], resumed: Sequence[bool], instants: Sequence[str]) -> Mode:
    if not due:
        return "fresh"
    if any(resumed):
        return "resume"
    return "incremental" if instants else "full"
