"""Questions in words: the answer as one document, or as a stream of events while it is made."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header
from fastapi.responses import JSONResponse, Response
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import BaseModel, ConfigDict, Field

from agents.answer import Event
from gateway.front import InFront

router = APIRouter(prefix="/api/v1", tags=["ask"])
MAX_QUESTION_CHARS = 2000


class AskBody(BaseModel):
    """A question, and the conversation it belongs to."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(min_length=1, max_length=MAX_QUESTION_CHARS)
    conversation_id: str | None = Field(None, max_length=200)


@router.post("/ask", response_model=dict[str, Any])
async def ask(front: InFront, body: AskBody, accept: Annotated[str, Header()] = "application/json") -> Response:
    """Answer a question. With `Accept: text/event-stream`: events plan, tool_call, tool_result, chart, text and done."""
    events = front.backend.ask(body.question, body.conversation_id)
    first = await anext(events)  # before anything is sent: a question that cannot be answered now is a problem document
    if "text/event-stream" in accept:
        return EventSourceResponse(_stream(first, events))
    async for event in _again(first, events):
        if event.type == "done":
            return JSONResponse(event.data)
    raise RuntimeError("The answer ended without a document.")


async def _again(first: Event, events: AsyncIterator[Event]) -> AsyncIterator[Event]:
    yield first
    async for event in events:
        yield event


async def _stream(first: Event, events: AsyncIterator[Event]) -> AsyncIterator[bytes]:
    async for event in _again(first, events):
        yield format_sse_event(event=event.type, data_str=json.dumps(event.data, ensure_ascii=False, default=str))
