"""Repositories that Pulse has read, with how much of each."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.listing import Listing, day
from servers.paging import from_cursor, to_cursor
from store.tables.code import pull_request, repository

PAGE_ROWS = 50


async def search(connection: AsyncConnection, text: str | None, cursor: str | None) -> Listing:
    """One page of repositories by name; `text` is looked for in the full name."""
    counts = select(pull_request.c.repo_id, func.count().label("pull_requests")).group_by(pull_request.c.repo_id).subquery()
    matching: list[ColumnElement[bool]] = [repository.c.deleted_at.is_(None)]
    if text:
        matching.append(repository.c.full_name.icontains(text, autoescape=True))
    statement = (
        select(repository, func.coalesce(counts.c.pull_requests, 0).label("pull_requests"))
        .outerjoin(counts, counts.c.repo_id == repository.c.id)
        .where(*matching)
        .order_by(repository.c.full_name)
        .limit(PAGE_ROWS + 1)
    )
    position = from_cursor(cursor, str)
    if position:
        statement = statement.where(repository.c.full_name > position[0])
    rows = (await connection.execute(statement)).mappings().all()
    shown = rows[:PAGE_ROWS]
    return Listing(
        columns=["repo", "branch", "prs", "pushed", "archived"],
        rows=[
            [row["full_name"], row["default_branch"], row["pull_requests"], day(row["pushed_at"]), "yes" if row["archived"] else "no"]
            for row in shown
        ],
        next_cursor=to_cursor([shown[-1]["full_name"]]) if len(rows) > PAGE_ROWS else None,
        total=await connection.scalar(select(func.count()).select_from(repository).where(*matching)),
    )
