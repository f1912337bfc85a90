"""The ETL board: what runs, what comes next, what was set aside; and its buttons."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from fastapi.encoders import jsonable_encoder
from sqlalchemy import func, select

from etl import runs as run_rows
from etl.entity import SOURCES, Source
from etl.reading import Reading
from gateway import schedules
from servers.context import Syncs
from servers.metrics.report import freshness
from servers.records import run_log, runs
from store.clock import wall_clock
from store.database import Database
from store.errors import InvalidQuestion
from store.settings import Settings
from store.tables.raw import quarantine

RUNS_SHOWN = 12
LOG_ROWS = 50
MOST_DAYS = 36_500


async def board(settings: Settings, db: Database) -> dict[str, Any]:
    """Sources with their schedule and freshness, the newest runs, and how many records are set aside."""
    plans = {one["source"]: one for one in await schedules.listed(settings, db)}
    fresh = {one["source"]: one for one in (await freshness(db, settings))["sources"]}
    async with db.connect() as connection:
        newest = await runs.runs(connection, limit=RUNS_SHOWN)
        own = {name: await runs.runs(connection, source=name, limit=RUNS_SHOWN) for name in plans}
        entity = func.split_part(quarantine.c.entity, ".", 1)
        counted = select(entity, func.count()).where(quarantine.c.resolved_at.is_(None)).group_by(entity)
        aside = {row[0]: row[1] for row in await connection.execute(counted)}
    sources = [_source(plans[name], fresh.get(name), own[name], aside.get(name, 0)) for name in SOURCES if name in plans]
    document: dict[str, Any] = jsonable_encoder({"sources": sources, "runs": newest})
    return document


def _source(plan: Any, fresh: Any, own: list[dict[str, Any]], aside: int) -> dict[str, Any]:
    active = next((run for run in own if run["status"] in ("queued", "running")), None)
    last = active or (own[0] if own else None)
    return {
        **plan,
        "state": "paused" if plan["paused"] and active is None else last["state"] if last else "never",
        "says": last["says"] if last else "never read yet",
        "run": active["run"] if active else None,
        "synced_to": fresh["synced_to"] if fresh else None,
        "lag_minutes": fresh["lag_minutes"] if fresh else None,
        "set_aside": aside,
    }


async def log(db: Database, *, run: str | None, level: str | None, text: str | None, cursor: str | None) -> dict[str, Any]:
    """A page of the run log for the board, newest first."""
    named = next((known for known in run_log.LEVELS if known == level), None)
    wanted = run_log.Wanted(run=run or None, level=named, text=(text or "")[:200] or None)
    async with db.connect() as connection:
        page = await run_log.page(connection, wanted, cursor=cursor, newest_first=True, rows=LOG_ROWS)
    return page.model_dump(mode="json")


async def control(db: Database, syncs: Syncs | None, do: str, *, target: str, by: str) -> str:
    """Press a button of the board: start, full, pause or resume a source, cancel a run, delete old log lines; returns what happened.

    Raises:
        InvalidQuestion: there is no such button or target.
    """
    if do == "cancel":
        status = await run_rows.cancel(db, target)
        return f"{target} stops at the next page." if status == "running" else f"{target} is {status}."
    if do == "delete_log":
        return await _delete_log(db, target)
    source = next((name for name in SOURCES if name == target), None)
    button = _BUTTONS.get(do)
    if source is None or button is None or syncs is None:
        raise InvalidQuestion(f"{do} {target} is not possible here.")
    return await button(syncs, source, by)


async def _delete_log(db: Database, days: str) -> str:
    if not days.isdecimal() or not 1 <= int(days) <= MOST_DAYS:
        raise InvalidQuestion("Say how many days of the log to keep.")
    async with db.begin() as connection:
        deleted = await run_log.delete_before(connection, wall_clock() - timedelta(days=int(days)))
    return f"{deleted:,} lines older than {days} days are deleted."


async def _start(syncs: Syncs, source: Source, by: str) -> str:
    return f"Run {await syncs.start(source, by=by)} reads {source}."


async def _full(syncs: Syncs, source: Source, by: str) -> str:
    return f"Run {await syncs.start(source, Reading(full=True), by=by)} reads all of {source} again."


async def _pause(syncs: Syncs, source: Source, by: str) -> str:
    await syncs.pause(source, paused=True, by=by)
    return f"{source} is paused: nothing is read by schedule until somebody resumes it."


async def _resume(syncs: Syncs, source: Source, by: str) -> str:
    await syncs.pause(source, paused=False, by=by)
    return f"{source} is read by its schedule again."


_BUTTONS: dict[str, Callable[[Syncs, Source, str], Awaitable[str]]] = {"start": _start, "full": _full, "pause": _pause, "resume": _resume}
