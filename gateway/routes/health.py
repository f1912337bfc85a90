"""Is the process alive, and can it answer? No secrets, versions or hosts in the answers."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from gateway.first_sync import first_sync
from gateway.front import Front, InFront
from store import migrate
from store.errors import DatabaseUnavailable

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """200 while the process lives."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(front: InFront) -> JSONResponse:
    """200 when database, migrations, servers and chat answer; one state per dependency."""
    states = {**await _database(front), "servers": await _servers(front), "chat": "ok"}
    ready = all(state in ("ok", "not_configured") for name, state in states.items() if name != "first_sync")
    return JSONResponse({"status": "ready" if ready else "not_ready", **states}, 200 if ready else 503)


async def _database(front: Front) -> dict[str, str]:
    try:
        async with front.db.connect() as connection:
            found = await migrate.revision(connection)
            return {
                "database": "ok",
                "migrations": "ok" if found == migrate.head() else "pending",
                "first_sync": await first_sync(connection),
            }
    except (DatabaseUnavailable, SQLAlchemyError):
        return {"database": "down", "migrations": "unknown", "first_sync": "unknown"}


async def _servers(front: Front) -> str:
    return "ok" if await front.tools.list_tools() else "down"
