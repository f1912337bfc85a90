"""Proof that the store equals the source: what the source has now is compared with what is stored; only the proof itself is written.

Where an entity can list ids and versions alone, that is all that is read: enough to find what is missing, stale, moved or gone. Elsewhere,
and with `thorough`, every record is read whole and compared by its digest.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from etl.catalogue import Declared, declared
from etl.checkpoint import BEGINNING
from etl.connections import Connection, connections
from etl.entity import SOURCES, Entity, LearningClient, Page, Position, Raw, Scope, Source
from etl.http import COUNTING, Counts
from etl.parsing import UNREADABLE, identify, payload_hash
from etl.passes import PASSES
from etl.progress import Listener, ProgressEvent, notify
from etl.refusals import others_go_on
from etl.scopes import must_be_stored, scopes_of
from store.database import Database
from store.documents import canonical
from store.errors import REFUSALS, UpstreamError
from store.settings import Settings
from store.tables.raw import checkpoint, quarantine, raw_record
from store.tables.raw import proof as proof_table
from store.upsert import upsert

EXAMPLES = 10
"""Ids named of each kind of difference."""
KEPT = 1000
"""Differing records of a scope that are kept in memory, to be mended; more are left to the next comparison."""
KINDS = ("missing", "different", "ghosts", "moved")
By = Literal["keys", "records"]


@dataclass
class Part:
    """How one scope of an entity compares."""

    scope: Scope
    compared: int = 0
    missing: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    ghosts: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    set_aside: int = 0
    error: str | None = None
    """Why it cannot be compared, or not wholly."""
    news: dict[str, Raw] = field(default_factory=dict)
    """What the source showed of those that are missing, different or moved, at most `KEPT` of them."""

    @property
    def differences(self) -> int:
        """How many records differ."""
        return sum(len(getattr(self, kind)) for kind in KINDS)

    @property
    def equal(self) -> bool:
        """Whether the store holds what the source has."""
        return self.error is None and not self.differences


@dataclass
class Proof:
    """How one entity compares; counts are records."""

    source: Source
    entity: str
    by: By = "records"
    """`keys`: ids and versions were compared; `records`: whole records."""
    at: str | None = None
    """The source's clock when it was asked: then the store was equal, or not."""
    parts: list[Part] = field(default_factory=list)
    requests: int = 0
    points: int = 0
    mended: int = 0
    """Differences that were found before and are gone now."""
    error: str | None = None

    @property
    def compared(self) -> int:
        """Records at the source."""
        return sum(part.compared for part in self.parts)

    @property
    def missing(self) -> list[str]:
        """At the source and not stored."""
        return [name for part in self.parts for name in part.missing]

    @property
    def different(self) -> list[str]:
        """Stored otherwise than the source has it now."""
        return [name for part in self.parts for name in part.different]

    @property
    def ghosts(self) -> list[str]:
        """Stored and no longer at the source."""
        return [name for part in self.parts for name in part.ghosts]

    @property
    def moved(self) -> list[str]:
        """Stored for another repository, project or board than the source has it in."""
        return [name for part in self.parts for name in part.moved]

    @property
    def equal(self) -> bool:
        """Whether the store holds what the source has."""
        return self.error is None and all(part.equal for part in self.parts)

    @property
    def differences(self) -> int:
        """How many records differ."""
        return sum(part.differences for part in self.parts)

    def as_dict(self) -> dict[str, Any]:
        """The members of the command line's JSON."""
        found = {kind: getattr(self, kind) for kind in KINDS}
        examples = {kind: names[:EXAMPLES] for kind, names in found.items() if names}
        known = {"source": self.source, "entity": self.entity, "equal": self.equal, "at": self.at, "by": self.by, "compared": self.compared}
        counts = {kind: len(names) for kind, names in found.items()}
        more = {"set_aside": sum(part.set_aside for part in self.parts), "mended": self.mended, "requests": self.requests}
        return {**known, **counts, **more, "examples": examples, "error": self.error}


@dataclass(frozen=True)
class Asked:
    """What is to be proven."""

    scopes: frozenset[str] = frozenset()
    """Names of repositories and projects; empty for all."""
    only: frozenset[str] = frozenset()
    """Names of entities; empty for all."""
    thorough: bool = False


async def prove(
    settings: Settings,
    db: Database,
    *,
    sources: Sequence[Source] = SOURCES,
    scopes: Sequence[str] | None = None,
    only: Sequence[str] | None = None,
    thorough: bool = False,
    progress: Listener | None = None,
    declared: Callable[[Source], Declared] = declared,
) -> list[Proof]:
    """Compare each entity; what changed since the last sync shows as different.

    Raises:
        NotFound: one of the `scopes` is nobody's name: nothing would be compared, and nothing found different.
    """
    asked = Asked(frozenset(scope.casefold() for scope in scopes or ()), frozenset(only or ()), thorough)
    proofs = []
    found = await connections(settings, db, sources, declared)
    async with db.connect() as connection:
        await must_be_stored(connection, asked.scopes, {one.source for one in found})
    for one in found:
        async for proof in proofs_of(db, one, declared(one.source), asked):
            proofs.append(proof)
            await notify(progress, ProgressEvent("prove", "done", one.source, proof.entity, fetched=proof.compared, message=proof.error))
    return proofs


async def proofs_of(db: Database, one: Connection, found: Declared, asked: Asked) -> AsyncIterator[Proof]:
    """The proofs of one connection, entity after entity."""
    async with found.connector.connect(one.settings) as client:
        for entity in found.entities:
            if (entity.name in asked.only) if asked.only else not entity.on_demand:
                yield await prove_entity(db, (one, found), entity, client, asked)


async def prove_entity(db: Database, place: tuple[Connection, Declared], entity: Entity[Any], client: Any, asked: Asked) -> Proof:
    """How one entity of a connection compares; what the source refuses stands in the proof."""
    one, found = place
    by: By = "keys" if entity.keys and not asked.thorough else "records"
    proof, counts = Proof(entity.source, entity.name, by), Counts()
    token = COUNTING.set(counts)
    try:
        async with db.connect() as connection:
            scopes = await scopes_of(connection, entity, one.site, asked.scopes)
            if isinstance(client, LearningClient):
                client.learn(await found.connector.lookups(connection, one.settings, one.site))
        proof.parts = await _prove_scopes(db, one.site, entity, client, scopes, by)
        proof.error = next((part.error for part in proof.parts if part.error), None)
        await _keep(db, one.site, proof, client.http.server_time)
    except UpstreamError as error:
        proof.error = str(error)
    finally:
        COUNTING.reset(token)
        proof.requests, proof.points, proof.at = counts.requests, counts.points, client.http.server_time
    return proof


async def _keep(db: Database, site: str, proof: Proof, at: str | None) -> None:
    """Remember how each scope compared; a source that tells no time proves nothing for a time."""
    if at is None or not proof.parts:
        return
    key = {"site": site, "entity": proof.entity, "proven_at": datetime.fromisoformat(at), "compared_by": proof.by}
    rows = [
        {**key, "scope": part.scope.id, "compared": part.compared, **{kind: len(getattr(part, kind)) for kind in KINDS}}
        for part in proof.parts
        if part.error is None
    ]
    async with db.begin() as connection:
        await upsert(connection, proof_table, rows)


async def _prove_scopes(db: Database, site: str, entity: Entity[Any], client: Any, scopes: Sequence[Scope], by: By) -> list[Part]:
    """All scopes, several at a time: questions about small repositories travel together."""
    places = asyncio.Semaphore(PASSES)

    async def one(scope: Scope) -> Part:
        async with places:
            try:
                return await compare(db, site, entity, client, scope, by)
            except REFUSALS as error:
                if not others_go_on(client, error):
                    raise
                return Part(scope, error=str(error))

    tasks = [asyncio.ensure_future(one(scope)) for scope in scopes]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def compare(db: Database, site: str, entity: Entity[Any], client: Any, scope: Scope, by: By) -> Part:
    """How one scope compares. What is stored is read first: a record that a sync brings meanwhile is not taken for a ghost."""
    async with db.connect() as connection:
        stored, apart = await _stored(connection, site, entity, scope, by), await _apart(connection, site, entity)
        since = await _covered_from(connection, site, entity, scope)
    seen: dict[str, str | None] = {}
    news: dict[str, Raw] = {}
    answered, gaps, error = False, False, None
    async for page in _pages(entity, client, scope, by, since):
        answered = True  # entities that come inside others have no pages, and so no ghosts
        error = error or page.failure
        gaps = gaps or page.gaps or (since is not None and not _lists_all(entity, by))
        for raw in page.records:
            name = identify(entity, raw) or ""
            if since is None or name in stored or _inside(entity, raw, since):
                seen[name] = sign = _sign(entity, raw, by)
                if len(news) < KEPT and (name not in stored or _differ(sign, stored[name])):
                    news[name] = raw
    known = {name: sign for name, sign in seen.items() if name not in apart}
    part = Part(scope, compared=len(seen), set_aside=len(seen) - len(known), error=str(error) if error else None, news=news)
    part.different = [name for name, sign in known.items() if name in stored and _differ(sign, stored[name])]
    absent = [name for name in known if name not in stored]
    if absent:
        async with db.connect() as connection:
            elsewhere = await _elsewhere(connection, site, entity, absent)
        part.moved = [name for name in absent if name in elsewhere]
        part.missing = [name for name in absent if name not in elsewhere]
    if entity.deletes and answered and not gaps:
        part.ghosts = sorted(stored.keys() - seen.keys())
    return part


def _differ(sign: str | None, stored: str | None) -> bool:
    return None not in (sign, stored) and sign != stored


def _pages(entity: Entity[Any], client: Any, scope: Scope, by: By, since: str | None) -> AsyncIterator[Page]:
    if by == "keys" and entity.keys is not None:
        return entity.keys(client, scope)
    return entity.pages(client, scope, Position(since=None if _lists_all(entity, by) else since))


def _lists_all(entity: Entity[Any], by: By) -> bool:
    """Whether also what is older than the window is listed: without that nobody could tell what is gone."""
    return by == "keys" or (entity.keys is None and entity.deletes)


def _inside(entity: Entity[Any], raw: Raw, since: str) -> bool:
    """Whether a record is inside of the window; one that does not say when counts as inside, so that it can be set aside with a reason."""
    try:
        dated = entity.dated(raw) if entity.dated else entity.version(raw) if entity.version else None
    except UNREADABLE:
        return True
    return dated is None or dated >= since


def _sign(entity: Entity[Any], raw: Raw, by: By) -> str | None:
    """What must be equal in the store and at the source."""
    if by == "records":
        return payload_hash(canonical(raw))
    return entity.version(raw) if entity.version else None


async def _stored(connection: AsyncConnection, site: str, entity: Entity[Any], scope: Scope, by: By) -> Mapping[str, str | None]:
    sign = raw_record.c.payload_hash if by == "records" else raw_record.c.version
    mine = (
        raw_record.c.site == site,
        raw_record.c.entity == entity.name,
        raw_record.c.scope == scope.id,
        raw_record.c.deleted_at.is_(None),
    )
    rows = await connection.execute(select(raw_record.c.external_id, sign.label("sign")).where(*mine))
    return {row.external_id: row.sign for row in rows}


async def _covered_from(connection: AsyncConnection, site: str, entity: Entity[Any], scope: Scope) -> str | None:
    """What last changed before this was left out on purpose, as `backfill` says; None where everything was read."""
    mine = (checkpoint.c.site == site, checkpoint.c.entity == entity.name, checkpoint.c.scope == scope.id)
    begins = await connection.scalar(select(checkpoint.c.covered_from_at).where(*mine))
    return None if begins is None or begins <= BEGINNING else begins.astimezone(UTC).isoformat()


async def _apart(connection: AsyncConnection, site: str, entity: Entity[Any]) -> set[str]:
    """Ids of records that could not be understood; those without an id stand under the empty one, as they do among what is compared."""
    aside = (quarantine.c.site == site, quarantine.c.entity == entity.name, quarantine.c.resolved_at.is_(None))
    return {name or "" for name in (await connection.scalars(select(quarantine.c.external_id).where(*aside))).all()}


async def _elsewhere(connection: AsyncConnection, site: str, entity: Entity[Any], names: list[str]) -> set[str]:
    """Those of these records that are stored for another scope."""
    mine = (raw_record.c.site == site, raw_record.c.entity == entity.name, raw_record.c.deleted_at.is_(None))
    return set((await connection.scalars(select(raw_record.c.external_id).where(*mine, raw_record.c.external_id == func.any(names)))).all())
