"""Production deployments as the facts know them, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.listing import Listing, minute
from servers.paging import from_cursor, to_cursor
from servers.records.scopes import repository_name, service_key
from store.clock import Window
from store.tables.facts import fact_deployment as fact

PAGE_ROWS = 30
Status = Literal["all", "failed", "ok"]


@dataclass(frozen=True)
class DeploymentFilter:
    """What to list: logical production deployments that finished in `window`; `failed` = needed repair (incident or rollback)."""

    service: str | None = None
    repo: str | None = None
    window: Window | None = None
    status: Status = "all"


async def search(
    connection: AsyncConnection, wanted: DeploymentFilter, *, now: datetime, cursor: str | None, limit: int = PAGE_ROWS
) -> Listing:
    """One page of deployments that match, newest first."""
    conditions = await _conditions(connection, wanted, now)
    statement = select(fact).where(*conditions).order_by(fact.c.finished_at.desc(), fact.c.id.desc()).limit(limit + 1)
    position = from_cursor(cursor, datetime, str)
    if position:
        statement = statement.where(tuple_(fact.c.finished_at, fact.c.id) < tuple_(datetime.fromisoformat(position[0]), position[1]))
    rows = (await connection.execute(statement)).mappings().all()
    shown = rows[:limit]
    return Listing(
        columns=["finished", "service", "kind", "sha", "prs", "outcome", "url"],
        rows=[_row(row) for row in shown],
        next_cursor=to_cursor([shown[-1]["finished_at"].isoformat(), shown[-1]["id"]]) if len(rows) > limit else None,
        total=await connection.scalar(select(func.count()).select_from(fact).where(*conditions)),
    )


def _row(row: Any) -> list[Any]:
    outcome = f"failed ({row['failed_by']})" if row["failed"] else "ok"
    return [minute(row["finished_at"]), row["service"], row["kind"], (row["sha"] or "")[:7], row["pr_count"], outcome, row["url"]]


async def _conditions(connection: AsyncConnection, wanted: DeploymentFilter, now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [fact.c.finished_at <= now]
    if wanted.service:
        conditions.append(fact.c.service == await service_key(connection, wanted.service))
    if wanted.repo:
        conditions.append(fact.c.repo == await repository_name(connection, wanted.repo))
    if wanted.window:
        conditions += [fact.c.finished_at >= wanted.window.start, fact.c.finished_at < wanted.window.end]
    if wanted.status != "all":
        conditions.append(fact.c.failed.is_(wanted.status == "failed"))
    return conditions
