"""Jira projects that Pulse has read, with how much of each."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.listing import Listing, quoted
from servers.paging import from_cursor, to_cursor
from store.tables.facts import fact_issue
from store.tables.work import project

PAGE_ROWS = 50


async def search(connection: AsyncConnection, text: str | None, cursor: str | None) -> Listing:
    """One page of Jira projects by key; `text` is looked for in key and name."""
    total = func.count().label("issues")
    unfinished = func.count().filter(fact_issue.c.category != "done").label("open")
    counts = select(fact_issue.c.project, total, unfinished).group_by(fact_issue.c.project).subquery()
    matching = [project.c.source == "jira", project.c.deleted_at.is_(None)]
    if text:
        matching.append(project.c.key.icontains(text, autoescape=True) | project.c.name.icontains(text, autoescape=True))
    statement = (
        select(
            project.c.key, project.c.name, func.coalesce(counts.c.issues, 0).label("issues"), func.coalesce(counts.c.open, 0).label("open")
        )
        .outerjoin(counts, counts.c.project == project.c.key)
        .where(*matching)
        .order_by(project.c.key)
        .limit(PAGE_ROWS + 1)
    )
    position = from_cursor(cursor, str)
    if position:
        statement = statement.where(project.c.key > position[0])
    rows = (await connection.execute(statement)).mappings().all()
    shown = rows[:PAGE_ROWS]
    return Listing(
        columns=["project", "issues", "open", "name"],
        rows=[[row["key"], row["issues"], row["open"], quoted(row["name"])] for row in shown],
        next_cursor=to_cursor([shown[-1]["key"]]) if len(rows) > PAGE_ROWS else None,
        total=await connection.scalar(select(func.count()).select_from(project).where(*matching)),
    )
