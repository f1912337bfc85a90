"""Issues as the facts know them: a filtered list, newest first, and one of them with its whole status history."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, RowMapping, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.listing import Listing, minute, quoted, rounded
from servers.paging import by_time, from_cursor, to_cursor
from servers.records.scopes import project_key, team_key, today
from store.tables.code import issue_pr
from store.tables.facts import fact_issue as fact
from store.tables.facts import fact_pull_request
from store.tables.work import issue_transition

PAGE_ROWS = 50
State = Literal["open", "todo", "in_progress", "done", "all"]


@dataclass(frozen=True)
class IssueFilter:
    """What to list. `query` is looked for in key, title, type, priority and labels: every word must be found; `older_than_days` counts from creation."""

    query: str | None = None
    team: str | None = None
    project: str | None = None
    state: State = "open"
    older_than_days: float | None = None


async def search(connection: AsyncConnection, wanted: IssueFilter, *, now: datetime, cursor: str | None) -> Listing:
    """One page of issues that match, newest first (oldest first by age); `age_d` is days since creation, `cycle_d` days from start to done."""
    conditions = await _conditions(connection, wanted, now)
    oldest_first = wanted.older_than_days is not None
    position = from_cursor(cursor, datetime, str)
    statement = by_time(select(fact).where(*conditions), fact.c.created_at, fact.c.id, position, oldest_first=oldest_first)
    statement = statement.limit(PAGE_ROWS + 1)
    rows = (await connection.execute(statement)).mappings().all()
    shown = rows[:PAGE_ROWS]
    return Listing(
        columns=["issue", "type", "priority", "status", "age_d", "cycle_d", "points", "title"],
        rows=[_row(row, now) for row in shown],
        next_cursor=to_cursor([shown[-1]["created_at"].isoformat(), shown[-1]["id"]]) if len(rows) > PAGE_ROWS else None,
        total=await connection.scalar(select(func.count()).select_from(fact).where(*conditions)),
    )


def _row(row: Any, now: datetime) -> list[Any]:
    age_days = rounded((now - row["created_at"]) / timedelta(days=1), 0)
    return [row["key"], row["issue_type"], row["priority"], row["status"], age_days, _cycle_days(row), row["points"], quoted(row["title"])]


def _cycle_days(row: Any) -> float | None:
    return rounded((row["done_at"] - row["start_at"]) / timedelta(days=1)) if row["done_at"] and row["start_at"] else None


async def _conditions(connection: AsyncConnection, wanted: IssueFilter, now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [fact.c.created_at <= now]
    if wanted.state == "open":
        conditions.append(fact.c.category != "done")
    elif wanted.state != "all":
        conditions.append(fact.c.category == wanted.state)
    if wanted.team:
        conditions.append(fact.c.team == await team_key(connection, wanted.team))
    if wanted.project:
        conditions.append(fact.c.project == await project_key(connection, wanted.project))
    if wanted.older_than_days is not None:
        conditions.append(fact.c.created_at < now - timedelta(days=wanted.older_than_days))
    searched = func.concat_ws(" ", fact.c.key, fact.c.title, fact.c.issue_type, fact.c.priority, func.array_to_string(fact.c.labels, " "))
    conditions += [searched.icontains(word, autoescape=True) for word in (wanted.query or "").split()]
    return conditions


async def detail(connection: AsyncConnection, key: str) -> dict[str, Any] | None:
    """One issue with its lifecycle, every status change and the pull requests linked to it; None when it is not stored."""
    wanted = await today(connection, key.strip())
    row = await _where(connection, func.upper(fact.c.key) == wanted.upper())
    row = row or await _where(connection, fact.c.id.in_(text(_FORMER).bindparams(key=wanted.upper())))
    if row is None:
        return None
    linked = (
        select(fact_pull_request.c.repo, fact_pull_request.c.number)
        .join(issue_pr, issue_pr.c.pr_id == fact_pull_request.c.id)
        .where(issue_pr.c.issue_id == row["id"])
        .order_by(fact_pull_request.c.repo, fact_pull_request.c.number)
    )
    return {
        "issue": row["key"],
        "title": quoted(row["title"], 200),
        "url": row["url"],
        "type": row["issue_type"],
        "work_class": row["work_class"],
        "priority": row["priority"],
        "status": row["status"],
        "team": row["team"],
        "epic": row["epic"],
        "points": row["points"],
        "labels": [quoted(label) for label in row["labels"]],
        "created": minute(row["created_at"]),
        "started": minute(row["start_at"]),
        "done": minute(row["done_at"]),
        "cycle_days": _cycle_days(row),
        "reopened": row["reopened_count"],
        "history": [[minute(at), old, new] for at, old, new in await connection.execute(_history(row["id"]))],
        "pull_requests": [f"{repo}#{number}" for repo, number in await connection.execute(linked)],
    }


_FORMER = "select issue_id from issue_called where key = :key"


async def _where(connection: AsyncConnection, condition: ColumnElement[bool]) -> RowMapping | None:
    return (await connection.execute(select(fact).where(condition))).mappings().first()


def _history(issue_id: str) -> Any:
    changes = issue_transition.c
    return (
        select(changes.at, changes.from_status, changes.to_status)
        .where(changes.issue_id == issue_id)
        .order_by(changes.at, changes.position)
    )
