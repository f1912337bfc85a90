"""Making the store equal to the source where a proof found that it is not: only what differs is read, and what is gone is marked."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from etl.catalogue import Declared, declared
from etl.connections import Connection, connections
from etl.entity import SOURCES, Entity, LearningClient, Page, Parsing, Source
from etl.holding import hold
from etl.landing import Landed, Landing, land, mark_deleted
from etl.passes import add_up
from etl.patience import patiently
from etl.progress import Totals
from etl.prove import Asked, By, Part, Proof, compare, proofs_of
from etl.runs import Run, Stopped, new_run_id
from etl.sync import Derive, run_name, sync
from store.clock import wall_clock
from store.database import Database
from store.errors import PulseError
from store.settings import Settings


async def repair(
    settings: Settings,
    db: Database,
    *,
    sources: Sequence[Source] = SOURCES,
    scopes: Sequence[str] | None = None,
    only: Sequence[str] | None = None,
    derive: Derive | None = None,
    requested_by: str | None = None,
    declared: Callable[[Source], Declared] = declared,
) -> list[Proof]:
    """Compare, mend, and compare again what was mended; the proofs say how it is now and how much was mended.

    Raises:
        AlreadyRunning: a sync of a source that must be mended is running.
    """
    asked = Asked(frozenset(scope.casefold() for scope in scopes or ()), frozenset(only or ()))
    found = await connections(settings, db, sources, declared)
    run, proofs, changed = new_run_id(), list[Proof](), False
    for one in found:
        before = [proof async for proof in proofs_of(db, one, declared(one.source), asked)]
        broken = {proof.entity: proof for proof in before if not proof.error and not proof.equal}
        if broken:
            await _mend_connection(db, one, declared(one.source), broken, (run_name(run, one, found), requested_by))
            await _read_again(settings, db, one, broken, requested_by, declared)
            again = Asked(asked.scopes, frozenset(broken))
            after = {proof.entity: proof async for proof in proofs_of(db, one, declared(one.source), again)}
            before = [_with_mended(proof, after.get(proof.entity)) for proof in before]
            changed = True
        proofs += before
    if changed and derive is not None:
        await derive(db, settings)
    return proofs


def _with_mended(before: Proof, after: Proof | None) -> Proof:
    if after is None:
        return before
    after.mended = max(0, before.differences - after.differences)
    after.requests += before.requests
    return after


async def _mend_connection(db: Database, one: Connection, found: Declared, broken: dict[str, Proof], named: tuple[str, str | None]) -> None:
    """Mark what is gone, and bring what can be asked for by its id, as a run of its own."""
    run_id, by = named
    arguments = {"repair": sorted(broken)}
    async with hold(db, one.source, run_id, connection=one.name, mode="repair", by=by, arguments=arguments) as run:
        try:
            async with found.connector.connect(one.settings) as client:
                for entity in (each for each in found.entities if each.name in broken):
                    await _mend_entity(run, (one, found), entity, client, broken[entity.name])
        except Stopped:
            await run.finish("cancelled")
        except PulseError as error:
            await run.finish("failed", error=str(error))
            raise
        else:
            await run.finish("ok")


async def _mend_entity(run: Run, place: tuple[Connection, Declared], entity: Entity[Any], client: Any, proof: Proof) -> None:
    one, found = place
    totals = run.totals.setdefault(entity.name, Totals(entity.source, entity.name))
    async with run.db.connect() as connection:
        lookups = await found.connector.lookups(connection, one.settings, one.site)
    if isinstance(client, LearningClient):
        client.learn(lookups)
    for part in (each for each in proof.parts if not each.equal):
        parsing = Parsing(one.site, part.scope, lookups)
        landing = Landing(entity, parsing, part.scope.id, run.id, wall_clock())
        if part.ghosts:
            await _mark(run, landing, await _still_gone(run.db, one.site, entity, client, (part, proof.by)), totals)
        if wanted := _by_id(entity, part):
            assert entity.chosen is not None
            await _bring(run, landing, entity.chosen(client, part.scope, wanted), totals)


def _by_id(entity: Entity[Any], part: Part) -> list[str]:
    return [*part.missing, *part.different, *part.moved] if entity.chosen is not None else []


async def _still_gone(db: Database, site: str, entity: Entity[Any], client: Any, found: tuple[Part, By]) -> list[str]:
    """Those that a second look does not find either: while pages are read, a deletion can make one record slip through."""
    part, by = found
    again = await compare(db, site, entity, client, part.scope, by)
    return sorted(set(part.ghosts) & set(again.ghosts))


async def _mark(run: Run, landing: Landing, gone: Sequence[str], totals: Totals) -> None:
    if not gone:
        return

    async def write() -> bool:
        async with run.db.begin() as connection:
            await mark_deleted(connection, landing, gone)
            await run.log(connection, "info", f"{landing.entity.name}: {len(gone)} are gone at the source")
            return await run.page_written(connection)

    totals.deleted += len(gone)
    if not await patiently(write, limit_s=None, told=run.held_up):
        raise Stopped


async def _bring(run: Run, landing: Landing, pages: AsyncIterator[Page], totals: Totals) -> None:
    async for page in pages:

        async def write(page: Page = page) -> tuple[Landed, bool]:
            async with run.db.begin() as connection:
                landed = await land(connection, landing, page.records)
                return landed, await run.page_written(connection)

        landed, go_on = await patiently(write, limit_s=None, told=run.held_up)
        add_up(totals, landed)
        if not go_on:
            raise Stopped


async def _read_again(
    settings: Settings, db: Database, one: Connection, broken: dict[str, Proof], by: str | None, declared: Callable[[Source], Declared]
) -> None:
    """Complete passes over the scopes of entities whose records cannot be asked for by id."""
    whole = {entity.name for entity in declared(one.source).entities if entity.chosen is None}
    for name in whole & broken.keys():
        scopes = [part.scope for part in broken[name].parts if part.missing or part.different or part.moved]
        if scopes:
            names = [] if any(scope.kind == "site" for scope in scopes) else [scope.name for scope in scopes]
            await sync(settings, db, sources=[one.source], full=True, only=[name], scopes=names, requested_by=by, declared=declared)
