"""The ETL dashboard as one document."""

from typing import Any

from fastapi import APIRouter

from gateway.etl_board import board
from gateway.front import InFront

router = APIRouter(prefix="/api/v1/dashboards", tags=["dashboards"])


@router.get("/etl")
async def etl_dashboard(front: InFront) -> dict[str, Any]:
    """Sources with schedule and freshness, and the newest runs; live changes come over /api/v1/sync/stream."""
    return await board(front.settings, front.db)
