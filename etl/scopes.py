"""What an entity is read for: the site, or each repository, project or board that is stored."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from etl.entity import Entity, Scope, Source
from store.errors import NotFound
from store.tables import code, work

SCOPE_TABLES = {"repository": (code.repository, "full_name"), "project": (work.project, "key"), "board": (work.board, "name")}


async def scopes_of(connection: AsyncConnection, entity: Entity[Any], site: str, wanted: frozenset[str] = frozenset()) -> list[Scope]:
    """What an entity is read for: the site, or every repository, project or board that is stored and wanted."""
    if entity.scope == "site":
        return [Scope("site", site, site)]
    table, name = SCOPE_TABLES[entity.scope]
    alive = [table.c.site == site] + ([table.c.deleted_at.is_(None)] if "deleted_at" in table.c else [])
    if "source" in table.c:
        alive.append(table.c.source == entity.source)
    rows = (await connection.execute(select(table).where(*alive).order_by(table.c.id))).mappings().all()
    found = [Scope(entity.scope, row["id"], row[name] or row["id"], dict(row)) for row in rows]
    return [scope for scope in found if not wanted or _wanted(scope, wanted)]


async def must_be_stored(connection: AsyncConnection, wanted: Collection[str], read: Collection[Source]) -> None:
    """Nothing, unless a wanted name is known to be nobody's: as long as one of the sources `read` has no names yet, it may be one of its.

    Raises:
        NotFound: there is no such repository or project.
    """
    if not wanted:
        return
    known: dict[Source, set[str]] = {
        "github": set(await connection.scalars(select(code.repository.c.full_name).where(code.repository.c.deleted_at.is_(None)))),
        "jira": set(
            await connection.scalars(select(work.project.c.key).where(work.project.c.source == "jira", work.project.c.deleted_at.is_(None)))
        ),
    }
    if not all(known[source] for source in read):
        return
    names = {part for found in known.values() for name in found for part in (name.casefold(), name.casefold().rsplit("/", 1)[-1])}
    if strangers := sorted(set(wanted) - names):
        raise NotFound(f"No repository or project is called {', '.join(strangers)[:200]}; take names such as acme-shop/docs, docs or PAY.")


def _wanted(scope: Scope, wanted: frozenset[str]) -> bool:
    """Whether a scope is among the repositories and projects asked for; boards go with their project."""
    own = {scope.name.casefold(), scope.name.casefold().rsplit("/", 1)[-1]}
    project = str(scope.extra.get("project_id") or "").casefold()
    return bool(own & wanted) or (scope.kind == "board" and any(project.endswith(name) for name in wanted))
