"""What a sync would cost, estimated from what the last ones read; nothing is asked of the source."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, select, text

from etl.catalogue import Declared, declared
from etl.checkpoint import Checkpoint, read_checkpoints, skippable
from etl.connections import connections
from etl.entity import SOURCES, Entity, Scope, Source
from etl.reading import Reading
from etl.schedule import BUDGET_PER_HOUR
from etl.scopes import must_be_stored, scopes_of
from etl.sync import earliest
from store.database import Database
from store.settings import Settings
from store.tables.raw import raw_record

PAGE = 100
"""Records that a request usually brings."""
ENOUGH_REQUESTS = 20

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
    budget_share: float | None = None
    """Of what the source allows in an hour, where it documents that."""
    minutes: float | None = None
    """At the pace of the newest run that says something of it; None before there is one."""

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
        pace_s, budget = await _pace_s(db, one.source), BUDGET_PER_HOUR.get(one.source)
        for entity in chosen:
            row = await _planned(db, one.site, entity, _Asked(wanted, Reading(full, since, reconcile), earliest(settings, one.source)))
            share = round(row.requests_at_most / budget, 4) if budget else None
            minutes = None if pace_s is None else round(row.requests_at_most * pace_s / 60, 2)
            planned.append(replace(row, budget_share=share, minutes=minutes))
    return planned


def said(planned: Sequence[Planned]) -> str:
    """What it costs together: a sentence for each source."""
    return " ".join(
        _said([row for row in planned if row.source == source]) for source in SOURCES if source in {row.source for row in planned}
    )


def _said(rows: Sequence[Planned]) -> str:
    requests = sum(row.requests_at_most for row in rows)
    share = sum(row.budget_share or 0 for row in rows)
    minutes = sum(row.minutes or 0 for row in rows)
    parts = [f"{rows[0].source}: at most {requests:,} request{'' if requests == 1 else 's'}"]
    parts += [f"{100 * share:.1f} % of the hourly budget"] if rows[0].budget_share is not None else []
    parts += [f"about {minutes:.0f} min" if minutes >= 1 else "less than a minute"] if rows[0].minutes is not None else []
    return ", ".join(parts) + "."


async def _pace_s(db: Database, source: Source) -> float | None:
    """Seconds per request of the newest run that sent enough of them; few say more of the start than of the pace."""
    async with db.connect() as connection:
        found = await connection.scalar(_PACE, {"source": source, "enough": ENOUGH_REQUESTS})
    return None if found is None else float(found)


_PACE = text(
    "select extract(epoch from r.finished_at - r.started_at) / sum(e.requests) from sync_run r join sync_run_entity e on e.run_id = r.id"
    " where r.source = :source and r.finished_at is not null and r.started_at is not null and r.status in ('ok', 'partial')"
    " group by r.id having sum(e.requests) >= :enough order by r.started_at desc limit 1"
)


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
