"""Sync runs: start, stop and follow them; when each source is read."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from etl import runs as run_rows
from etl.reading import one_reading
from gateway import schedules
from gateway.front import Front, InFront
from servers.context import Syncs
from servers.records import runs as records

router = APIRouter(prefix="/api/v1/sync", tags=["sync"])
SourceName = Literal["github", "jira"]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class Wanted(BaseModel):
    """A sync to start."""

    model_config = ConfigDict(extra="forbid")

    source: SourceName
    full: bool = Field(False, description="Read everything again instead of what changed.")
    since: datetime | None = Field(None, description="Read what changed since this instant.")
    reconcile: bool = Field(
        False, description="Read what changed, then compare everything by ids and times of change and mend what differs."
    )
    scopes: list[Name] = Field(default_factory=list, max_length=500, description="Only these repositories or projects.")


class Changed(BaseModel):
    """What to change about a schedule; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    cron: str | None = Field(None, max_length=100, description="Five fields; empty: that of pulse.yaml again.")
    paused: bool | None = Field(None, description="Hold back scheduled syncs, or let them run again.")
    reason: str | None = Field(None, max_length=500, description="Why it is paused, for the others.")


@router.get("/runs")
async def list_runs(
    front: InFront, source: SourceName | None = None, limit: Annotated[int, Query(ge=1, le=200)] = records.RUNS_SHOWN
) -> list[dict[str, Any]]:
    """The newest runs first."""
    async with front.db.connect() as connection:
        return await records.runs(connection, source=source, limit=limit)


@router.post("/runs", status_code=202)
async def start_run(front: InFront, wanted: Wanted) -> dict[str, Any]:
    """Start a sync in the background; while one of the source is active, its run is returned."""
    reading = one_reading(full=wanted.full, since=wanted.since, reconcile=wanted.reconcile)
    run = await _syncs(front).start(wanted.source, reading, scopes=wanted.scopes, by="rest")
    return await get_run(front, run)


@router.get("/runs/{run}")
async def get_run(front: InFront, run: str) -> dict[str, Any]:
    """One run with its entities."""
    async with front.db.connect() as connection:
        found = await records.runs(connection, run=run)
    if not found:
        raise HTTPException(404, f"There is no sync run {run}; GET /api/v1/sync/runs lists them.")
    return found[0]


@router.post("/runs/{run}/cancel")
async def cancel_run(front: InFront, run: str) -> dict[str, Any]:
    """Stop a run at the next page; what it has read stays."""
    await run_rows.cancel(front.db, run)
    return await get_run(front, run)


@router.get("/schedules")
async def list_schedules(front: InFront) -> list[dict[str, Any]]:
    """When each source is read next, and why then."""
    return await schedules.listed(front.settings, front.db)


@router.patch("/schedules/{source}")
async def change_schedule(front: InFront, source: SourceName, changed: Changed) -> list[dict[str, Any]]:
    """Set a source's cron, pause or resume it."""
    await schedules.change(front.db, source, by="rest", cron=changed.cron, paused=changed.paused, reason=changed.reason)
    return await schedules.listed(front.settings, front.db)


def _syncs(front: Front) -> Syncs:
    if front.syncs is None:
        raise HTTPException(503, "Nothing here can sync; start it where `pulse up` or `pulse worker` runs.")
    return front.syncs
