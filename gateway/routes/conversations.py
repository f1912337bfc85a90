"""Conversations: what was talked about, newest first."""

from typing import Any

from fastapi import APIRouter
from sqlalchemy import select
from starlette.exceptions import HTTPException

from gateway.front import InFront
from store.tables.operations import conversation

router = APIRouter(prefix="/api/v1/conversations", tags=["conversations"])
SHOWN = 50
COLUMNS = (conversation.c.id, conversation.c.title, conversation.c.created_at, conversation.c.updated_at)


@router.get("")
async def list_conversations(front: InFront) -> list[dict[str, Any]]:
    """The newest conversations."""
    statement = select(*COLUMNS).order_by(conversation.c.updated_at.desc()).limit(SHOWN)
    async with front.db.connect() as connection:
        return [dict(row) for row in (await connection.execute(statement)).mappings()]


@router.get("/{conversation_id}")
async def get_conversation(front: InFront, conversation_id: str) -> dict[str, Any]:
    """One conversation with what a follow-up builds on."""
    statement = select(*COLUMNS, conversation.c.state).where(conversation.c.id == conversation_id)
    async with front.db.connect() as connection:
        row = (await connection.execute(statement)).mappings().one_or_none()
    if row is None:
        raise HTTPException(404, f"There is no conversation {conversation_id}.")
    return dict(row)
