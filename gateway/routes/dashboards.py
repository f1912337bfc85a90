"""The dashboards as documents: the same charts, figures and evidence that the chat shows."""

from typing import Any, Literal

from fastapi import APIRouter

from gateway.front import InFront

router = APIRouter(prefix="/api/v1/dashboards", tags=["dashboards"])


@router.get("/{name}")
async def read_dashboard(
    front: InFront,
    name: Literal["dora", "github", "portfolio", "executive"],
    period: str | None = None,
    team: str | None = None,
    service: str | None = None,
    project: str | None = None,
    repo: str | None = None,
) -> dict[str, Any]:
    """Charts as Vega-Lite specifications, each with its evidence, over one period and scope."""
    given = {"team": team, "service": service, "project": project, "repo": repo}
    return await front.backend.dashboard(name, period=period, scope={kind: value for kind, value in given.items() if value})
