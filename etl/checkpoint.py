"""Where each entity stopped in each scope, and where its next pass starts."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, null, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from etl.entity import Entity, Position, Raw, Scope
from store.tables.raw import checkpoint

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""Coverage starts here when everything the source has was read."""


@dataclass(frozen=True)
class Checkpoint:
    """A row of `checkpoint`; `age_s` is the time since the last pass ended, by the database's clock."""

    cursor: Raw | None = None
    etag: str | None = None
    high_water_at: datetime | None = None
    complete_to_at: datetime | None = None
    covered_from_at: datetime | None = None
    stamp: str | None = None
    pages: int = 0
    age_s: float | None = None


@dataclass
class Pass:
    """One reading of an entity in a scope: where it started and how far it came. Stored with every page."""

    position: Position
    since: str | None
    """Only records changed since then are read; None reads all."""
    began: str | None = None
    """The source's clock at the first page."""
    resumed: bool = False
    gaps: bool = False
    unsettled: bool = False
    """Whether it brought a record that may still change without a sign."""
    pages: int = 0
    seen: set[str] = field(default_factory=set)

    @property
    def complete(self) -> bool:
        """Whether this pass sees every record there is, so that what it does not bring is gone."""
        return self.since is None and not self.resumed and not self.gaps


_READ = [column for column in checkpoint.c if column.name not in ("site", "entity", "run_id", "updated_at", "read_at")]


async def read_checkpoints(connection: AsyncConnection, site: str, entity: str) -> dict[str, Checkpoint]:
    """The checkpoints of an entity by scope."""
    age = func.extract("epoch", func.clock_timestamp() - checkpoint.c.read_at).label("age_s")
    rows = await connection.execute(select(*_READ, age).where(checkpoint.c.site == site, checkpoint.c.entity == entity))
    found = {}
    for row in rows.mappings():
        values = {name: row[name] for name in row if name not in ("scope", "age_s", "pages")}
        found[row["scope"]] = Checkpoint(**values, pages=row["pages"] or 0, age_s=None if row["age_s"] is None else float(row["age_s"]))
    return found


def start(entity: Entity[Any], known: Checkpoint, *, full: bool, since: datetime | None, earliest: datetime | None = None) -> Pass:
    """Where the next pass begins: it resumes a broken-off one, else reads what changed, else all, or what changed since `earliest`."""
    if known.cursor is not None and not _outdated(known.cursor, full=full, since=since):
        broken: Raw = known.cursor
        position = Position(cursor=broken["at"], since=broken["since"], stamp=known.stamp)
        return Pass(position, broken["since"], began=broken["began"], resumed=True, pages=known.pages)
    after = _since(entity, known, full=full, since=since, earliest=earliest)
    etag = None if full or since else known.etag  # an unchanged first page says nothing of what lies further back
    return Pass(Position(since=after, etag=etag, stamp=known.stamp), after)


def _outdated(cursor: Raw, *, full: bool, since: datetime | None) -> bool:
    """Whether a broken-off pass would bring less than what is asked for now."""
    if cursor["since"] is None:
        return False
    return full or (since is not None and datetime.fromisoformat(cursor["since"]) > since)


def _since(entity: Entity[Any], known: Checkpoint, *, full: bool, since: datetime | None, earliest: datetime | None) -> str | None:
    if full or not entity.incremental:
        return None
    if entity.follows_up and known.high_water_at is None:
        return None
    stopped = known.high_water_at - timedelta(seconds=entity.overlap_s) if known.high_water_at else None
    asked = since or (earliest if stopped is None else None)
    after = min((instant for instant in (asked, stopped) if instant), default=None)  # a later one would leave a gap behind where we stopped
    return after.isoformat() if after else None


def skippable(entity: Entity[Any], scope: Scope, known: Checkpoint) -> bool:
    """Whether nothing can have changed: the last complete read is fresh enough, or the source shows no sign of change."""
    if known.cursor is not None or known.complete_to_at is None or known.age_s is None:
        return False
    if known.age_s < entity.refresh_s:
        return True
    if entity.stamp is None or known.stamp is None:
        return False
    return known.stamp == entity.stamp(scope) and known.age_s < entity.stamp_max_age_s


@dataclass(frozen=True)
class Place:
    """Which checkpoint: the site, the entity and the scope."""

    site: str
    entity: str
    scope: str


async def advance(connection: AsyncConnection, place: Place, run: str, work: Pass, cursor: Raw | None) -> None:
    """Remember where the pass goes on after the page that was just stored."""
    document = {"at": cursor, "since": work.since, "began": work.began}
    await _write(connection, place, {"cursor": document, "run_id": run, "pages": work.pages, "updated_at": func.clock_timestamp()})


async def conclude(
    connection: AsyncConnection, place: Place, run: str, work: Pass, known: Checkpoint, *, etag: str | None, stamp: str | None
) -> None:
    """Remember that the pass ended: what it covers, and where the next one starts."""
    began = datetime.fromisoformat(work.began) if work.began else await _now(connection)
    values = {
        "cursor": null(),
        "etag": etag,
        "high_water_at": began,
        "complete_to_at": began,
        "covered_from_at": covered_from(known, work, began),
        "stamp": stamp,
        "read_at": func.clock_timestamp(),
        "run_id": run,
        "pages": work.pages,
        "updated_at": func.clock_timestamp(),
    }
    await _write(connection, place, values)


def covered_from(known: Checkpoint, work: Pass, began: datetime) -> datetime:
    """From when on the store equals the source: earlier coverage counts only where it touches this pass."""
    if work.since is None:
        return BEGINNING
    since = datetime.fromisoformat(work.since)
    touches = known.covered_from_at is not None and known.complete_to_at is not None and known.complete_to_at >= since
    return min(known.covered_from_at, since) if touches and known.covered_from_at else min(since, began)


async def extend(connection: AsyncConnection, site: str, entity: str, scopes: list[str], to: str) -> None:
    """Scopes without a sign of change are as complete as the sign is recent."""
    at = datetime.fromisoformat(to)
    mine = (checkpoint.c.site == site) & (checkpoint.c.entity == entity) & checkpoint.c.scope.in_(scopes)
    await connection.execute(update(checkpoint).where(mine, checkpoint.c.complete_to_at < at).values(complete_to_at=at, high_water_at=at))


async def _write(connection: AsyncConnection, place: Place, values: dict[str, Any]) -> None:
    key = {"site": place.site, "entity": place.entity, "scope": place.scope}
    statement = insert(checkpoint).values(**key, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))


async def _now(connection: AsyncConnection) -> datetime:
    now: datetime = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
    return now
