"""Stand-ins to measure against: a larger company, answers kept so that they cost nothing the second time, and a delay for each request."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from datetime import datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from benchmarks.enlarging import enlarged, part_of
from etl.demo.company.generate import build_company
from etl.demo.config import demo_settings
from etl.demo.server import make_app
from gateway.listening import listen, make_server
from store.clock import now
from store.settings import Settings


class Remembering:
    """ASGI middleware that gives the same answer to the same question, without asking again; `delay_s` stands for the way there and back."""

    def __init__(self, app: ASGIApp, delay_s: float = 0.0) -> None:
        self.app, self.delay_s = app, delay_s
        self.known: dict[bytes, list[Message]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = await _whole(receive)
        known_tag = dict(scope["headers"]).get(b"if-none-match", b"")
        key = hashlib.sha256(
            b"\n".join([scope["method"].encode(), scope["path"].encode(), scope["query_string"], known_tag, body])
        ).digest()
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if key not in self.known:
            self.known[key] = await self._ask(scope, body)
        for message in self.known[key]:
            await send(message)

    async def _ask(self, scope: Scope, body: bytes) -> list[Message]:
        answer: list[Message] = []

        async def given() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def keep(message: Message) -> None:
            answer.append(dict(message))

        await self.app(scope, given, keep)
        return answer


async def _whole(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


class Exchangeable:
    """ASGI middleware over an application that may be exchanged while it is served."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""
        await self.app(scope, receive, send)


@contextlib.asynccontextmanager
async def served(app: ASGIApp, settings: Settings) -> AsyncIterator[Settings]:
    """Settings that lead to an application in this process: a stand-in GitHub under /github, a stand-in Jira under /jira."""
    ready = asyncio.Event()
    with listen("127.0.0.1", 0) as sock:
        running = make_server(app, on_ready=ready.set)
        task = asyncio.create_task(running.serve(sockets=[sock]))
        await ready.wait()
        yield demo_settings(settings, f"http://127.0.0.1:{sock.getsockname()[1]}", now(settings).date())
        running.should_exit = True
        await task


def thousand(at: datetime, base: str, *, delay_s: float) -> ASGIApp:
    """Two repositories with a thousand pull requests together, each request delayed; for `serve_demo`."""
    return Remembering(make_app(part_of(build_company(at), 500, "payments-api", "checkout-web"), base), delay_s)


def multiple(at: datetime, base: str, *, repositories: int, projects: int) -> ASGIApp:
    """A multiple of the demo company that remembers its answers; for `serve_demo`."""
    return Remembering(make_app(enlarged(at, repositories, projects), base))
