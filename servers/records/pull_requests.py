"""Pull requests as the facts know them: a filtered list, newest first, and one of them in full."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.listing import Listing, day, quoted, rounded
from servers.paging import by_time, from_cursor, to_cursor
from servers.records.scopes import repository_name, team_key
from store.tables.code import issue_pr, pr_commit, pr_event, pr_file, review
from store.tables.facts import fact_issue, fact_pull_request

PAGE_ROWS = 30
State = Literal["open", "merged", "closed", "all"]
fact = fact_pull_request
_OPEN = ["pr", "state", "age_d", "lines", "team", "title"]
_ENDED = ["pr", "state", "ended", "cycle_h", "lines", "team", "title"]


@dataclass(frozen=True)
class PullRequestFilter:
    """What to list; `older_than_days` counts from creation to `now`, for open ones until today."""

    query: str | None = None
    team: str | None = None
    repo: str | None = None
    state: State = "open"
    older_than_days: float | None = None


async def search(connection: AsyncConnection, wanted: PullRequestFilter, *, now: datetime, cursor: str | None) -> Listing:
    """One page of pull requests that match, newest first (oldest by age): age in days (open) or hours from first commit to merge (merged), size in lines."""
    conditions = await _conditions(connection, wanted, now)
    oldest_first = wanted.older_than_days is not None
    position = from_cursor(cursor, datetime, str)
    statement = by_time(select(fact).where(*conditions), fact.c.created_at, fact.c.id, position, oldest_first=oldest_first)
    statement = statement.limit(PAGE_ROWS + 1)
    rows = (await connection.execute(statement)).mappings().all()
    total = await connection.scalar(select(func.count()).select_from(fact).where(*conditions))
    shown = rows[:PAGE_ROWS]
    more = len(rows) > PAGE_ROWS
    return Listing(
        columns=_OPEN if wanted.state == "open" else _ENDED,
        rows=[_row(row, wanted.state, now) for row in shown],
        next_cursor=to_cursor([shown[-1]["created_at"].isoformat(), shown[-1]["id"]]) if more else None,
        total=total,
    )


def _row(row: Any, state: State, now: datetime) -> list[Any]:
    reference = f"{(row['repo'] or '').rsplit('/', 1)[-1]}#{row['number']}"
    condition = "draft" if row["is_draft"] and row["state"] == "open" else row["state"]
    if state == "open":
        times: list[Any] = [rounded((now - row["created_at"]) / timedelta(days=1), 0)]
    else:
        times = [day(row["merged_at"] or row["closed_at"]), rounded(_hours(row["first_commit_at"], row["merged_at"]))]
    return [reference, condition, *times, row["size_lines"], row["team"], quoted(row["title"])]


def _hours(start: datetime | None, end: datetime | None) -> float | None:
    return (end - start) / timedelta(hours=1) if start and end else None


async def _conditions(connection: AsyncConnection, wanted: PullRequestFilter, now: datetime) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [fact.c.created_at <= now]
    if wanted.state != "all":
        conditions.append(fact.c.state == wanted.state)
    if wanted.team:
        conditions.append(fact.c.team == await team_key(connection, wanted.team))
    if wanted.repo:
        conditions.append(fact.c.repo == await repository_name(connection, wanted.repo))
    if wanted.older_than_days is not None:
        conditions.append(fact.c.created_at < now - timedelta(days=wanted.older_than_days))
    if wanted.query:
        conditions.append(fact.c.title.icontains(wanted.query, autoescape=True))
    return conditions


async def detail(connection: AsyncConnection, repo: str, number: int) -> dict[str, Any] | None:
    """Everything Pulse knows of one pull request, with its phases in hours; None when it is not stored."""
    name = await repository_name(connection, repo)
    row = (await connection.execute(select(fact).where(and_(fact.c.repo == name, fact.c.number == number)))).mappings().one_or_none()
    if row is None:
        return None
    return {
        "pr": f"{name}#{number}",
        "title": quoted(row["title"], 200),
        "url": row["url"],
        "state": row["state"],
        "draft": row["is_draft"],
        "team": row["team"],
        "author_type": row["author_type"],
        "ai_level": row["ai_level"],
        "labels": [quoted(label) for label in row["labels"]],
        "size_lines": row["size_lines"],
        "size_bucket": row["size_bucket"],
        "changed_files": row["changed_files"],
        "instants": _instants(row),
        "hours": _phases(row),
        "review_rounds": row["review_rounds"],
        **await _children(connection, row["id"]),
    }


_INSTANTS = ("first_commit_at", "created_at", "ready_at", "first_review_at", "last_approval_at", "merged_at", "closed_at", "deployed_at")


def _instants(row: Any) -> dict[str, str]:
    return {name: row[name].isoformat() for name in _INSTANTS if row[name]}


def _phases(row: Any) -> dict[str, float | None]:
    pairs = {
        "coding": ("first_commit_at", "ready_at"),
        "pickup": ("ready_at", "first_review_at"),
        "review": ("first_review_at", "merged_at"),
        "deploy": ("merged_at", "deployed_at"),
        "cycle": ("first_commit_at", "merged_at"),
        "lead": ("first_commit_at", "deployed_at"),
    }
    return {phase: rounded(_hours(row[start], row[end]), 2) for phase, (start, end) in pairs.items()}


async def _children(connection: AsyncConnection, pr_id: str) -> dict[str, Any]:
    counts = {
        "commits": select(func.count()).where(pr_commit.c.pr_id == pr_id),
        "files": select(func.count()).where(pr_file.c.pr_id == pr_id),
        "events": select(func.count()).where(pr_event.c.pr_id == pr_id),
    }
    found: dict[str, Any] = {name: await connection.scalar(statement) for name, statement in counts.items()}
    reviews = select(review.c.state, func.count()).where(review.c.pr_id == pr_id).group_by(review.c.state).order_by(review.c.state)
    found["reviews"] = {row.state: row.count for row in await connection.execute(reviews)}
    linked = select(fact_issue.c.key).join(issue_pr, issue_pr.c.issue_id == fact_issue.c.id).where(issue_pr.c.pr_id == pr_id)
    found["issues"] = sorted(await connection.scalars(linked))
    return found
