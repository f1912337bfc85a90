"""Names in arguments, found without case, blanks and hyphens; an unknown one is an error that lists the known ones."""

from collections.abc import Sequence

from fastmcp.exceptions import ToolError
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from store.config import folded
from store.tables.code import repository, service
from store.tables.people import team
from store.tables.work import project

_SHOWN = 20


def _pick(kind: str, name: str, known: Sequence[str]) -> str:
    matches = [candidate for candidate in known if folded(candidate) == folded(name)]
    if not matches:
        matches = [candidate for candidate in known if folded(candidate.rsplit("/", 1)[-1]) == folded(name)]
    if len(matches) == 1:
        return matches[0]
    shown = ", ".join(sorted(known)[:_SHOWN]) or "none synced yet; start_sync reads them"
    raise ToolError(f"No {kind} is called {name[:80]!r}. Known: {shown}.")


async def repository_name(connection: AsyncConnection, name: str) -> str:
    """The full name (`owner/name`) of the repository that `name` means."""
    known = await connection.scalars(select(repository.c.full_name).where(repository.c.deleted_at.is_(None)))
    return _pick("repository", await today(connection, name), list(known))


async def today(connection: AsyncConnection, name: str) -> str:
    """A repository (`owner/name`), or an issue of it, under the name that the repository bears by now; any other name as it is."""
    repo, hash_, number = name.partition("#")
    found = await connection.scalar(_TODAY, {"name": repo.lower()}) if "/" in repo else None
    return f"{found or repo}{hash_}{number}"


_TODAY = text(
    "select r.full_name from repository_called n join repository r on r.id = n.repo_id where n.name = :name order by r.deleted_at nulls first"
)


async def team_key(connection: AsyncConnection, name: str) -> str:
    """The key of the team that `name` means."""
    return _pick("team", name, list(await connection.scalars(select(team.c.key))))


async def service_key(connection: AsyncConnection, name: str) -> str:
    """The key of the service that `name` means."""
    return _pick("service", name, list(await connection.scalars(select(service.c.key))))


async def project_key(connection: AsyncConnection, name: str) -> str:
    """The key of the Jira project that `name` means."""
    return _pick("project", name, list(await connection.scalars(select(project.c.key).where(project.c.deleted_at.is_(None)))))
