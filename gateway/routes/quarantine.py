"""Records that were set aside: which, why, and trying them again."""

from typing import Any, Literal

from fastapi import APIRouter
from fastapi.encoders import jsonable_encoder
from starlette.exceptions import HTTPException

from etl.jobs.retry_quarantine import RETRY_QUARANTINE
from gateway.front import InFront
from servers.records import quarantine
from store.queue import put_once

router = APIRouter(prefix="/api/v1/sync/quarantine", tags=["sync"])


@router.get("")
async def list_quarantine(
    front: InFront, source: Literal["github", "jira"] | None = None, resolved: bool = False, cursor: str | None = None
) -> dict[str, Any]:
    """A page of records that could not be understood, newest first; with `resolved` also those that were later."""
    async with front.db.connect() as connection:
        page = await quarantine.page(connection, source=source, resolved=resolved, cursor=cursor)
    return page.model_dump(mode="json")


@router.get("/{number}")
async def get_quarantined(front: InFront, number: int) -> dict[str, Any]:
    """One of them with its payload as it came."""
    async with front.db.connect() as connection:
        found = await quarantine.one(connection, number)
    if found is None:
        raise HTTPException(404, "There is no such record; GET /api/v1/sync/quarantine lists them.")
    document: dict[str, Any] = jsonable_encoder(found)
    return document


@router.post("/retry", status_code=202)
async def retry_all(front: InFront) -> dict[str, Any]:
    """Try all of them again in the background: after a mapping was mended."""
    async with front.db.begin() as connection:
        return {"job": await put_once(connection, RETRY_QUARANTINE)}
