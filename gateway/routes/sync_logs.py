"""The run log as a table: filter, search, page, export, delete by age."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from gateway.front import Front, InFront
from servers.records import run_log, runs
from store.clock import wall_clock

router = APIRouter(prefix="/api/v1/sync", tags=["sync"])
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
Form = Literal["csv", "jsonl"]
Days = Annotated[int, Query(ge=1, le=36_500, description="Lines older than so many days.")]


def _wanted(
    run: str | None = None,
    source: Literal["github", "jira"] | None = None,
    level: run_log.Level | None = None,
    text: Annotated[str | None, Query(max_length=200, description="Words in the message.")] = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> run_log.Wanted:
    return run_log.Wanted(run, source, level, text, since, until)


Filters = Annotated[run_log.Wanted, Depends(_wanted)]


@router.get("/runs/{run}/logs")
async def run_logs(
    front: InFront, run: str, cursor: str | None = None, level: run_log.Level | None = None, text: str | None = None
) -> dict[str, Any]:
    """A page of a run's log, oldest first; `cursor` continues it."""
    return await _page(front, run_log.Wanted(run=run, level=level, text=text), cursor, newest_first=False)


@router.get("/logs")
async def logs(front: InFront, wanted: Filters, cursor: str | None = None) -> dict[str, Any]:
    """A page of the log of all runs, newest first; `cursor` continues it."""
    return await _page(front, wanted, cursor, newest_first=True)


async def _page(front: Front, wanted: run_log.Wanted, cursor: str | None, *, newest_first: bool) -> dict[str, Any]:
    async with front.db.connect() as connection:
        await runs.must_be_known(connection, wanted.run)
        page = await run_log.page(connection, wanted, cursor=cursor, newest_first=newest_first)
    return page.model_dump(mode="json")


@router.get("/logs/export")
async def export_logs(front: InFront, wanted: Filters, form: Annotated[Form, Query(alias="format")] = "csv") -> StreamingResponse:
    """All lines that match as a file, oldest first."""
    async with front.db.connect() as connection:
        await runs.must_be_known(connection, wanted.run)
    name = f"pulse-run-log.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_exported(front, wanted, form), media_type=MEDIA_TYPES[form], headers=headers)


async def _exported(front: Front, wanted: run_log.Wanted, form: Form) -> AsyncIterator[str]:
    async with front.db.connect() as connection:
        async for piece in run_log.export(connection, wanted, form):
            yield piece


@router.delete("/logs")
async def delete_logs(front: InFront, older_than_days: Days, level: run_log.Level | None = None) -> dict[str, int]:
    """Delete lines by age (of one level only, when named); runs and their counts stay."""
    async with front.db.begin() as connection:
        return {"deleted": await run_log.delete_before(connection, wall_clock() - timedelta(days=older_than_days), level=level)}
