"""Proposed mappings of accounts and teams: with evidence and score, accepted by a person, undoable."""

from typing import Any, Literal

from fastapi import APIRouter
from fastapi.encoders import jsonable_encoder
from pydantic import BaseModel, ConfigDict, Field

from etl import mappings
from gateway.front import InFront
from gateway.mappings import decided

router = APIRouter(prefix="/api/v1/mappings", tags=["mappings"])


class Decided(BaseModel):
    """What a person decides about a proposal."""

    model_config = ConfigDict(extra="forbid")

    proposal: str = Field(max_length=500, description="Its id in the list of proposals.")
    decision: Literal["accepted", "rejected"]


@router.get("")
async def list_proposals(front: InFront) -> list[dict[str, Any]]:
    """What the data suggests and nobody has decided, the surest first."""
    async with front.db.connect() as connection:
        return [one.as_dict() for one in await mappings.proposals(connection)]


@router.get("/decisions")
async def list_decisions(front: InFront) -> list[dict[str, Any]]:
    """Who decided what and when, the newest first; undone ones too."""
    async with front.db.connect() as connection:
        document: list[dict[str, Any]] = jsonable_encoder(await mappings.decisions(connection))
    return document


@router.post("/decisions", status_code=201)
async def decide(front: InFront, body: Decided) -> dict[str, Any]:
    """Accept or reject a proposal; figures follow within a moment."""
    done = await decided(front.db, lambda connection: mappings.decide(connection, body.proposal, body.decision, "rest"))
    document: dict[str, Any] = jsonable_encoder(done)
    return document


@router.post("/decisions/{decision}/undo")
async def undo(front: InFront, decision: str) -> dict[str, Any]:
    """Take a decision back; what it decided is proposed again."""
    document: dict[str, Any] = jsonable_encoder(await decided(front.db, lambda connection: mappings.undo(connection, decision, "rest")))
    return document
