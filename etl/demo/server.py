"""The demo company served over HTTP: a stand-in GitHub under /github and a stand-in Jira under /jira, in a process of their own.

A process of their own, so that a sync and its sources work side by side, as they do with the real ones. The company is made when it is
first asked for. The process ends with the one that started it, however that ends.
"""

import asyncio
import contextlib
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from multiprocessing.connection import Connection

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from etl.demo.company.generate import build_company
from etl.demo.company.model import Company
from etl.demo.config import demo_settings
from etl.demo.github.app import make_app as make_github
from etl.demo.jira.app import make_app as make_jira
from etl.demo.manners import Mannered
from store.clock import now
from store.errors import UpstreamError
from store.settings import Settings

HOST = "127.0.0.1"
START_LIMIT_S = 300.0
"""On a busy machine the process alone may need a minute; one that ends is noticed at once."""


@contextlib.asynccontextmanager
async def serve_demo(settings: Settings, make: Callable[[datetime, str], ASGIApp] | None = None) -> AsyncIterator[Settings]:
    """Settings that lead to the demo company as of now; it is served as long as the block lasts.

    `make` serves something else in its place: a function of a module, called in the process that serves, with the instant and the base URL.

    Raises:
        UpstreamError: the stand-in does not start.
    """
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(now(settings), theirs, make or make_demo), daemon=True)
    process.start()
    theirs.close()
    try:
        port = await asyncio.to_thread(_port, ours)
        yield demo_settings(settings, f"http://{HOST}:{port}", now(settings).date())
    finally:
        ours.close()
        await asyncio.to_thread(process.join, 5)
        process.kill()


def make_app(company: Company, base: str) -> Starlette:
    """Both stand-ins over one company."""
    jira = Mannered(make_jira(company, f"{base}/jira"), lambda: company.now)
    return Starlette(routes=[Mount("/github", make_github(company)), Mount("/jira", jira)])


def make_demo(at: datetime, base: str) -> Starlette:
    """The demo company as of an instant."""
    return make_app(build_company(at), base)


class Later:
    """An application that is made when the first request comes."""

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._made: ASGIApp | None = None
        self._lock = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Make the application if it is not there yet, and pass the request on."""
        async with self._lock:
            if self._made is None:
                self._made = await asyncio.to_thread(self._make)
        await self._made(scope, receive, send)


def _port(connection: Connection) -> int:
    if not connection.poll(START_LIMIT_S):
        raise UpstreamError(f"The stand-in for GitHub and Jira did not start within {START_LIMIT_S:g} s; run the command again.")
    try:
        return int(connection.recv())
    except EOFError:
        raise UpstreamError("The stand-in for GitHub and Jira ended while it started; run the command again.") from None


def _serve(at: datetime, parent: Connection, make: Callable[[datetime, str], ASGIApp]) -> None:
    """The process: listens, tells its port, serves until its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then lets go of us
    with socket.create_server((HOST, 0)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each short answer waits 40 ms: asyncio sees no TCP in this socket
        port = sock.getsockname()[1]
        app = Later(lambda: make(at, f"http://{HOST}:{port}"))
        config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, server_header=False, date_header=False)
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
        parent.send(port)
        asyncio.run(uvicorn.Server(config).serve(sockets=[sock]))


def _end_with(parent: Connection) -> None:
    """Wait until the other end is closed, by the parent or by its death."""
    with contextlib.suppress(EOFError, OSError):
        parent.recv()
    os._exit(0)
