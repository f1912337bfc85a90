"""A scripted model endpoint that speaks the wire formats of OpenAI and Anthropic over real HTTP on loopback."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass
class ScriptedModel:
    """Answers each request by the next step of its script: text, or one of cut, slow, 429, 500, or a function of the request."""

    script: list[str] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """Base of the endpoint."""
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, one reply, then the connection closes."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(int(line.split(":")[1]) for line in head.splitlines() if line.lower().startswith("content-length"))
        body = json.loads(await reader.readexactly(length))
        self.requests.append(body)
        step = self.script.pop(0) if self.script else "500"
        if step == "slow":
            await asyncio.sleep(2)
        status, kind, payload = self.reply(step, body, anthropic="/messages" in head.split("\r\n", 1)[0])
        writer.write(f"HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n".encode() + payload)
        await writer.drain()
        writer.close()

    def reply(self, step: str, body: dict[str, Any], *, anthropic: bool) -> tuple[int, str, bytes]:
        """Status, content type and body of a step in the format that was asked for."""
        if step in ("429", "500", "400", "401"):
            return int(step), "application/json", json.dumps({"error": {"type": "x", "message": "no"}}).encode()
        cut, text = step.startswith("cut:"), step.removeprefix("cut:")
        if body.get("stream"):
            events = anthropic_events(text, cut) if anthropic else openai_events(text, cut)
            return 200, "text/event-stream", events.encode()
        made = anthropic_message(text, body, cut) if anthropic else openai_message(text, body, cut)
        return 200, "application/json", json.dumps(made).encode()


def openai_message(text: str, body: dict[str, Any], cut: bool) -> dict[str, Any]:
    """A chat completion; with tools asked for, the text is the arguments of the call."""
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if body.get("tools"):
        name = body["tools"][0]["function"]["name"]
        message |= {"content": None, "tool_calls": [{"id": "t1", "type": "function", "function": {"name": name, "arguments": text}}]}
    choice = {"index": 0, "message": message, "finish_reason": "length" if cut else "stop"}
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "scripted",
        "choices": [choice],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


def openai_events(text: str, cut: bool) -> str:
    """The same as server-sent events; a cut stream ends without a finish reason."""

    def chunk(delta: dict[str, Any], reason: str | None) -> str:
        return (
            "data: "
            + json.dumps(
                {
                    "id": "c1",
                    "object": "chat.completion.chunk",
                    "created": 1,
                    "model": "scripted",
                    "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
                }
            )
            + "\n\n"
        )

    return chunk({"role": "assistant", "content": text}, None) + ("" if cut else chunk({}, "stop") + "data: [DONE]\n\n")


def anthropic_message(text: str, body: dict[str, Any], cut: bool) -> dict[str, Any]:
    """A message; with tools asked for, the text is the input of the call."""
    content: list[dict[str, Any]] = [{"type": "text", "text": text}]
    if body.get("tools"):
        try:
            given = json.loads(text)
        except ValueError:
            given = {"oops": text}
        content = [{"type": "tool_use", "id": "t1", "name": body["tools"][0]["name"], "input": given}]
    reason = "max_tokens" if cut else "tool_use" if body.get("tools") else "end_turn"
    return {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": "scripted",
        "content": content,
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }


def anthropic_events(text: str, cut: bool) -> str:
    """The same as server-sent events; a cut stream ends before the stop reason."""
    start = {
        "type": "message_start",
        "message": {
            "id": "m1",
            "type": "message",
            "role": "assistant",
            "model": "scripted",
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {"input_tokens": 1, "output_tokens": 0},
        },
    }
    steps: list[dict[str, Any]] = [
        start,
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
    ]
    ending: list[dict[str, Any]] = [
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": {"output_tokens": 3}},
        {"type": "message_stop"},
    ]
    return "".join(f"event: {s['type']}\ndata: {json.dumps(s)}\n\n" for s in steps + ([] if cut else ending))


@pytest.fixture
async def scripted() -> AsyncIterator[ScriptedModel]:
    """A scripted model that listens on a free port."""
    model = ScriptedModel()
    server = await asyncio.start_server(model.serve, "127.0.0.1", 0)
    model.port = server.sockets[0].getsockname()[1]
    async with server:
        yield model
