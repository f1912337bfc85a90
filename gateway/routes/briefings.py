"""Briefings: made on demand or by schedule, kept, in every form."""

import json
from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from agents.briefings.briefing import Asked
from gateway import briefings
from gateway.front import InFront

router = APIRouter(prefix="/api/v1/briefings", tags=["briefings"])
TYPES = {"md": "text/markdown; charset=utf-8", "html": "text/html; charset=utf-8", "pdf": "application/pdf", "slack": "application/json"}


class Wanted(BaseModel):
    """A briefing to make."""

    model_config = ConfigDict(extra="forbid")

    period: Literal["week", "month", "quarter"] = "week"
    audience: str = Field("exec", max_length=200, description="exec, engineering or team:KEY.")
    send: bool = Field(False, description="To Slack or by mail, if something stands out.")


@router.get("")
async def list_briefings(front: InFront) -> list[dict[str, Any]]:
    """The newest briefings."""
    return await briefings.listed(front.db)


@router.post("", status_code=201)
async def make_briefing(front: InFront, wanted: Wanted) -> dict[str, Any]:
    """Test every team and metric now; `status` says whether anything stands out."""
    document = await briefings.make(front, Asked(wanted.audience, wanted.period))
    if wanted.send:
        document["sent"] = (await briefings.send(front.settings, front.db, document)).as_dict()
    return document


@router.get("/{briefing_id}", response_model=None)
async def get_briefing(
    front: InFront, briefing_id: str, form: Literal["json", "md", "html", "pdf", "slack"] = "json"
) -> dict[str, Any] | Response:
    """One briefing as it was made."""
    document = await briefings.kept(front.db, briefing_id)
    if form == "json":
        return document
    shown = briefings.formed(document, form)
    return Response(shown if isinstance(shown, str | bytes) else json.dumps(shown, ensure_ascii=False), media_type=TYPES[form])
