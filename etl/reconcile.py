"""Comparing all that is stored with the source and mending what differs: the part of a reconcile that follows the reading of what changed.

Ids and times of change are enough, so that it costs a small part of reading everything again; what is older than the window of `backfill`
stays out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from etl.catalogue import Declared
from etl.connections import Connection
from etl.entity import Entity
from etl.mend import mend
from etl.progress import Totals
from etl.prove import KINDS, Asked, Proof, prove_entity
from etl.runs import Run
from store.errors import UpstreamError


@dataclass(frozen=True)
class Reconcile:
    """The comparison of one connection, in the run that holds it."""

    run: Run
    place: tuple[Connection, Declared]
    client: Any
    scopes: frozenset[str]

    async def entity(self, entity: Entity[Any]) -> Totals:
        """Compare an entity, mend what differs, and prove that it is mended; returns its counts in the run.

        Raises:
            Stopped: somebody asked the run to stop; what was mended stays.
        """
        totals = self.run.totals.setdefault(entity.name, Totals(entity.source, entity.name))
        self.run.message = f"comparing {entity.name} with the source"
        proof = await self._proof(entity, totals, self.scopes)
        try:
            if proof.differences:
                await self.run.note("warning", f"{entity.name}: {told(proof)}; mending")
                await mend(self.run, self.place, entity, self.client, proof)
                await self._proof(entity, totals, _places(proof, self.scopes))
        except UpstreamError as error:
            totals.error = totals.error or str(error)
            await self.run.note("error", f"{entity.name}: {error}")
        self.run.message = None
        return totals

    async def _proof(self, entity: Entity[Any], totals: Totals, scopes: frozenset[str]) -> Proof:
        proof = await prove_entity(self.run.db, self.place, entity, self.client, Asked(scopes))
        totals.requests += proof.requests
        totals.points += proof.points
        totals.error = totals.error or proof.error
        return proof


def compared(entities: Sequence[Entity[Any]]) -> list[Entity[Any]]:
    """Those of these entities that a reconcile compares; the others are read."""
    return [entity for entity in entities if entity.compared]


def _places(proof: Proof, asked: frozenset[str]) -> frozenset[str]:
    """Names of the scopes where something differed."""
    broken = [part.scope for part in proof.parts if part.differences]
    return asked if any(scope.kind == "site" for scope in broken) else frozenset(scope.name.casefold() for scope in broken)


def told(proof: Proof) -> str:
    """What differs, in words."""
    return ", ".join(f"{amount:,} {kind}" for kind in KINDS if (amount := len(getattr(proof, kind))))
