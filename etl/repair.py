"""Making the store equal to the source where a proof found that it is not: only what differs is read, and what is gone is marked."""

from collections.abc import Callable, Sequence

from etl.catalogue import Declared, declared
from etl.connections import Connection, connections
from etl.entity import SOURCES, Source
from etl.holding import hold
from etl.mend import mend
from etl.prove import Asked, Proof, proofs_of
from etl.runs import Stopped, new_run_id
from etl.sync import Derive, run_name
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
        broken = {proof.entity: proof for proof in before if proof.differences}
        if broken:
            await _mend_connection(db, one, declared(one.source), broken, (run_name(run, one, found), requested_by))
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
    """Mark what is gone and bring what differs, as a run of its own."""
    run_id, by = named
    arguments = {"repair": sorted(broken)}
    async with hold(db, one.source, run_id, connection=one.name, mode="repair", by=by, arguments=arguments) as run:
        try:
            async with found.connector.connect(one.settings) as client:
                for entity in (each for each in found.entities if each.name in broken):
                    await mend(run, (one, found), entity, client, broken[entity.name])
        except Stopped:
            await run.finish("cancelled")
        except PulseError as error:
            await run.finish("failed", error=str(error))
            raise
        else:
            await run.finish("ok")
