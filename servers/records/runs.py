"""Sync runs, as the command line, the REST interface and the tools show them."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from etl.runs import WORD
from servers.listing import minute
from servers.records.run_state import run_state
from store.clock import wall_clock
from store.errors import NotFound
from store.tables.operations import sync_run, sync_run_entity

RUNS_SHOWN = 10
_ENTITY = ("source", "entity", "fetched", "inserted", "updated", "deleted", "unchanged", "requests", "duration_s", "cursor", "error")


async def runs(
    connection: AsyncConnection, *, run: str | None = None, source: str | None = None, limit: int = RUNS_SHOWN
) -> list[dict[str, Any]]:
    """The newest runs first (or the one named), each with its entities, progress and, when it failed, the remedy."""
    statement = select(sync_run).order_by(sync_run.c.requested_at.desc()).limit(limit)
    if run:
        statement = statement.where(named(sync_run.c.id, run))
    if source:
        statement = statement.where(sync_run.c.source == source)
    found = (await connection.execute(statement)).mappings().all()
    entities = await _entities(connection, [row["id"] for row in found])
    return [_run(row, entities.get(row["id"], [])) for row in found]


async def version(connection: AsyncConnection, *, run: str | None = None) -> int:
    """A number that grows whenever a run (or the one named) moves; 0 before any was asked for."""
    moved = func.greatest(sync_run.c.requested_at, sync_run.c.started_at, sync_run.c.heartbeat_at, sync_run.c.finished_at)
    statement = select(func.max(moved))
    if run:
        statement = statement.where(named(sync_run.c.id, run))
    newest = await connection.scalar(statement)
    return int(newest.timestamp() * 1_000_000) if newest else 0


def named(column: Any, run: str) -> Any:
    """The run itself, or those of the connections that it stands for; `column` holds the id of a run."""
    return (column == run) | column.startswith(f"{run}-", autoescape=True) if run != WORD else column == run


async def must_be_known(connection: AsyncConnection, run: str | None) -> None:
    """Nothing, when there is such a run or none is named.

    Raises:
        NotFound: there is no such run.
    """
    if run and await connection.scalar(select(sync_run.c.id).where(named(sync_run.c.id, run)).limit(1)) is None:
        raise NotFound(f"There is no run {run[:60]}; `pulse sync status` lists them.")


async def _entities(connection: AsyncConnection, run_ids: list[str]) -> dict[str, list[dict[str, Any]]]:
    statement = (
        select(sync_run_entity).where(sync_run_entity.c.run_id.in_(run_ids)).order_by(sync_run_entity.c.source, sync_run_entity.c.entity)
    )
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in (await connection.execute(statement)).mappings():
        grouped.setdefault(row["run_id"], []).append({name: row[name] for name in _ENTITY})
    return grouped


def _run(row: Any, entities: list[dict[str, Any]]) -> dict[str, Any]:
    state, says = run_state(row, wall_clock())
    return {
        "run": row["id"],
        "source": row["source"],
        "connection": row["connection"] or None,
        "mode": row["mode"],
        "status": row["status"],
        "state": state,
        "says": says,
        "requested_by": row["requested_by"],
        "requested_at": minute(row["requested_at"]),
        "started_at": minute(row["started_at"]),
        "finished_at": minute(row["finished_at"]),
        "progress": row["progress"],
        "error": row["error"],
        "remedy": row["remedy"],
        "entities": entities,
    }
