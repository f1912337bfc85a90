"""Syncs as the front door runs them: the source or its stand-in, the writing role, facts refreshed at the end."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from etl.derive.refresh import refresh
from etl.entity import SOURCES, Source
from etl.plan import Planned
from etl.plan import plan as plan_sync
from etl.progress import Listener, SyncResult
from etl.prove import Proof
from etl.prove import prove as prove_store
from etl.repair import repair as repair_store
from etl.replay import replay as replay_raw
from etl.sync import sync
from gateway.upstream import upstream
from store.database import Database, open_database
from store.settings import Settings


@dataclass(frozen=True)
class Wanted:
    """What to sync."""

    sources: Sequence[Source] = SOURCES
    full: bool = False
    since: datetime | None = None
    reconcile: bool = False
    scopes: Sequence[str] = field(default_factory=list)

    def arguments(self) -> dict[str, Any]:
        """As the sync and its plan take it."""
        reading = {"full": self.full, "since": self.since, "reconcile": self.reconcile}
        return {"sources": self.sources, "scopes": self.scopes or None, **reading}


async def sync_now(settings: Settings, wanted: Wanted, listener: Listener | None = None) -> SyncResult:
    """Sync in this process; without a configured source the demo company is served meanwhile."""
    async with upstream(settings) as served, open_database(served, role="etl") as db:
        return await sync_with(served, db, wanted, listener)


async def sync_with(settings: Settings, db: Database, wanted: Wanted, listener: Listener | None = None) -> SyncResult:
    """Sync from the sources that `settings` lead to."""
    return await sync(settings, db, **wanted.arguments(), progress=listener, derive=refresh)


async def replay(settings: Settings, sources: Sequence[Source]) -> list[dict[str, Any]]:
    """Rebuild the rows of these sources from their raw records, and the facts from the rows."""
    async with upstream(settings) as served, open_database(served, role="etl") as db:
        made = [result.as_dict() for result in await replay_raw(served, db, sources=sources)]
        await refresh(db, served)
        return made


async def plan(settings: Settings, wanted: Wanted) -> list[Planned]:
    """What a sync would cost, by what the last ones read."""
    async with upstream(settings) as served, open_database(served, role="etl") as db:
        return await plan_sync(served, db, **wanted.arguments())


async def prove(settings: Settings, wanted: Wanted, *, thorough: bool = False) -> list[Proof]:
    """Whether the store holds what the sources have; writes nothing."""
    async with upstream(settings) as served, open_database(served, role="etl") as db:
        return await prove_store(served, db, sources=wanted.sources, scopes=wanted.scopes or None, thorough=thorough)


async def repair(settings: Settings, wanted: Wanted, listener: Listener | None = None) -> list[Proof]:
    """Bring what is new, then mend what a sync cannot see: deletions, moves, gaps."""
    async with upstream(settings) as served, open_database(served, role="etl") as db:
        await sync_with(served, db, wanted, listener)
        return await repair_store(served, db, sources=wanted.sources, scopes=wanted.scopes or None, derive=refresh, requested_by="repair")
