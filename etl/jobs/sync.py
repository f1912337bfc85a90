"""A sync that somebody or a schedule asked for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog

from etl.announce import announcer
from etl.derive.refresh import refresh
from etl.entity import SOURCES, Source
from etl.hints import Waiting, follow, waiting
from etl.repair import repair
from etl.runs import AlreadyRunning, Withdrawn, give_up, settle, still_wanted
from etl.sync import sync
from store.errors import ConfigurationError, TryLater
from store.queue import Job, JobRun

log = structlog.get_logger(__name__)
UNSET = "The worker that took the run has other settings than the process that asked for it: give all of them the same."


async def run_sync(
    run: JobRun,
    *,
    source: str = "all",
    full: bool = False,
    since: str | None = None,
    reconcile: bool = False,
    scopes: Sequence[str] | None = None,
    run_id: str | None = None,
    requested_by: str | None = None,
) -> dict[str, Any] | None:
    """Sync one source or all, also where webhooks pointed; a source that is being synced already is left to whoever does it.

    Raises:
        TryLater: the process that has the run may have died; it is taken over when it has been silent for long enough.
    """
    wanted: list[Source] = [name for name in SOURCES if source in (name, "all")]
    moment = datetime.fromisoformat(since) if since else None
    hinted = await waiting(run.db, wanted)
    try:
        result = await sync(
            run.settings,
            run.db,
            sources=wanted,
            full=full,
            since=moment,
            reconcile=reconcile,
            scopes=scopes,
            run_id=run_id,
            progress=announcer(run.settings, run.db),
            derive=refresh,
            requested_by=requested_by,
            hints=[one.hint for one in hinted],
            durable=run.id > 0 and run_id is not None,  # outside the queue nobody would call again
        )
    except Withdrawn:
        return None
    except ConfigurationError as error:
        if run_id is not None:
            await give_up(run.db, run_id, str(error), UNSET)
        raise
    except AlreadyRunning as error:
        if run_id is not None and await still_wanted(run.db, run_id):
            raise TryLater(f"Run {run_id} waits for the process that has it.") from error
        log.info("sync_left_alone", reason=str(error))
        return None
    unproven: set[str] = set()
    try:
        unproven = await _mend_deletions(run, hinted)
    except AlreadyRunning:
        hinted = []  # another sync was quicker; the next one that follows hints compares
    read = {row.entity for row in result.entities if not row.error and row.scopes_done == row.scopes}
    followed = [one for one in hinted if one.hint.entity in read and not (one.hint.action == "deleted" and one.hint.entity in unproven)]
    await follow(run.db, followed)
    if run_id is not None:
        await settle(run.db, run_id, result.status)
    return result.as_dict()


async def _mend_deletions(run: JobRun, hinted: Sequence[Waiting]) -> set[str]:
    """What a webhook calls deleted a sync of changes cannot see: compare where it was; returns the entities that could not be compared."""
    unproven: set[str] = set()
    gone = [one for one in hinted if one.hint.action == "deleted" and one.hint.entity]
    for source in {one.source for one in gone}:
        mine = [one.hint for one in gone if one.source == source]
        places = [hint.scope for hint in mine if hint.scope]
        only = sorted({str(hint.entity) for hint in mine})
        scopes = places if len(places) == len(mine) else None
        proofs = await repair(run.settings, run.db, sources=[source], only=only, scopes=scopes, derive=refresh, requested_by="webhook")
        unproven |= {proof.entity for proof in proofs if proof.error}
    return unproven


SYNC = Job("sync", run_sync, queue="etl")
"""Never by itself: people, tools and the schedules ask for it."""
