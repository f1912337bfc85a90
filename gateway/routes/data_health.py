"""The data health report."""

from typing import Any, Literal

from fastapi import APIRouter
from fastapi.encoders import jsonable_encoder

from gateway.front import InFront
from servers.metrics.health import health

router = APIRouter(prefix="/api/v1/sync", tags=["sync"])


@router.get("/health")
async def data_health(front: InFront, source: Literal["github", "jira"] | None = None) -> dict[str, Any]:
    """Lag, link rates, gaps, odd values and records set aside, worst first, each with what to do about it."""
    document: dict[str, Any] = jsonable_encoder(await health(front.db, front.settings, source))
    return document
