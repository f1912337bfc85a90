"""The answer document: what a question gets back, with every number and the receipt behind it."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from agents.plan import Status

Mode = Literal["llm", "keyless"]


class Answer(BaseModel):
    """An answer as `pulse ask --json` and `POST /api/v1/ask` return it; `took_ms` is the time from question to answer."""

    question: str
    answer: str
    mode: Mode
    status: Status
    plan: dict[str, Any]
    choices: list[str] = Field(default_factory=list)
    figures: list[dict[str, Any]] = Field(default_factory=list)
    charts: list[dict[str, Any]] = Field(default_factory=list)
    evidence: list[dict[str, Any]] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)
    follow_ups: list[str] = Field(default_factory=list)
    conversation_id: str
    took_ms: int


class Event(BaseModel):
    """A step of an answer in the making; `done` carries the whole document, `text` a piece of the answer."""

    type: Literal["plan", "tool_call", "tool_result", "chart", "text", "done"]
    data: dict[str, Any]
