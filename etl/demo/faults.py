"""Misbehaviour on purpose: what a stand-in upstream does wrong, when and how often."""

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from etl.demo.company.clock import Dice

FaultKind = Literal[
    "status", "cut", "cut_chunk", "reset", "html", "empty", "slow", "wrong_length", "invalid_json", "repeat_token", "lose_token"
]
"""`cut`: the connection ends in mid body (`cut_chunk`: of a body without a length; `reset`: before its first byte); `wrong_length`: more is
promised than sent; tokens are those of pages (`nextPageToken`, `Link`)."""
_HTML = b"<!doctype html><title>Just a moment</title><p>The service is being updated.</p>"


@dataclass
class Fault:
    """One kind of misbehaviour for requests whose `METHOD /path` matches `where`."""

    kind: FaultKind
    where: str = ".*"
    status: int = 503
    """Of kind `status`."""
    headers: dict[str, str] = field(default_factory=dict)
    """Sent with kind `status`, such as `retry-after`."""
    body: bytes = b'{"errorMessages":["Try again later."],"errors":{}}'
    """Sent with kind `status`."""
    seconds: float = 0.0
    """How long kind `slow` waits."""
    after: int = 0
    """How many matching requests are answered well first."""
    times: int | None = None
    """How often it strikes; None: for ever."""
    share: float = 1.0
    """Probability of striking a matching request."""

    def matches(self, request: str) -> bool:
        """Whether `METHOD /path` is meant."""
        return re.search(self.where, request) is not None


@dataclass
class FaultPlan:
    """The faults in force, the first that strikes wins; may be changed while the server runs."""

    faults: list[Fault] = field(default_factory=list)
    seed: int = 1
    struck: list[str] = field(default_factory=list)
    """What happened: `kind METHOD /path`."""

    def __post_init__(self) -> None:
        self._dice = Dice(self.seed)

    def next_for(self, request: str) -> Fault | None:
        """The fault that strikes this request, counted down."""
        for fault in self.faults:
            if fault.times == 0 or not fault.matches(request):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            if fault.share < 1 and self._dice.random() >= fault.share:
                continue
            if fault.times is not None:
                fault.times -= 1
            self.struck.append(f"{fault.kind} {request}")
            return fault
        return None


class Misbehaving:
    """ASGI middleware that applies a `FaultPlan`."""

    def __init__(self, app: ASGIApp, plan: FaultPlan) -> None:
        self.app, self.plan = app, plan
        self._last_token: dict[str, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer well or badly."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = f"{scope['method']} {scope['path']}"
        fault = self.plan.next_for(request)
        if fault is None:
            await self.app(scope, receive, send)
        elif fault.kind == "status":
            await _answer(send, fault.status, fault.body, {"content-type": "application/json", **fault.headers})
        elif fault.kind == "html":
            await _answer(send, 200, _HTML, {"content-type": "text/html; charset=utf-8"})
        elif fault.kind == "empty":
            await _answer(send, 200, b"", {"content-type": "application/json"})
        else:
            await self._spoil(fault, request, (scope, receive, send))

    async def _spoil(self, fault: Fault, request: str, call: tuple[Scope, Receive, Send]) -> None:
        scope, receive, send = call
        if fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            await self.app(scope, receive, send)
            return
        status, headers, body = await _collect(self.app, scope, receive)
        if fault.kind == "cut":
            await _break_off(send, status, headers, body[: len(body) // 2], len(body))
        elif fault.kind == "cut_chunk":
            await _break_off(send, status, headers, body[: len(body) // 2], None)
        elif fault.kind == "reset":
            await _break_off(send, status, headers, b"", len(body))
        elif fault.kind == "wrong_length":
            await _break_off(send, status, headers, body, len(body) + 25)
        elif fault.kind == "invalid_json":
            await _answer(send, status, body[: len(body) // 2], headers)
        else:
            await _answer(send, status, self._other_token(fault, request, body), headers)

    def _other_token(self, fault: Fault, request: str, body: bytes) -> bytes:
        """The answer with the page token of an earlier page, or with none although it is not the last."""
        document = json.loads(body)
        token = document.get("nextPageToken") if isinstance(document, dict) else None
        if token is None:
            return body
        if fault.kind == "lose_token":
            del document["nextPageToken"]
        else:
            document["nextPageToken"] = self._last_token.setdefault(request, token)
        return json.dumps(document).encode()


async def _collect(app: ASGIApp, scope: Scope, receive: Receive) -> tuple[int, dict[str, str], bytes]:
    """The whole good answer."""
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, keep)
    start = next(message for message in messages if message["type"] == "http.response.start")
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], headers, b"".join(message.get("body", b"") for message in messages if message["type"] == "http.response.body")


def _raw(headers: dict[str, str]) -> Sequence[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


async def _answer(send: Send, status: int, body: bytes, headers: dict[str, str]) -> None:
    kept = {name: value for name, value in headers.items() if name.lower() != "content-length"}
    await send({"type": "http.response.start", "status": status, "headers": _raw({**kept, "content-length": str(len(body))})})
    await send({"type": "http.response.body", "body": body})


async def _break_off(send: Send, status: int, headers: dict[str, str], body: bytes, promised: int | None) -> None:
    """Send less than promised (None: chunks without a last one); the server then closes the connection."""
    kept = {name: value for name, value in headers.items() if name.lower() != "content-length"}
    length = {} if promised is None else {"content-length": str(promised)}
    await send({"type": "http.response.start", "status": status, "headers": _raw({**kept, **length})})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    raise ConnectionAbortedError("broken off on purpose")
