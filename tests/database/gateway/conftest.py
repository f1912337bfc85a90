"""A front door over real HTTP, with an answering part that follows a script."""

import asyncio
import contextlib
import hmac
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from databases import clone, drop
from fastmcp import Client
from pydantic import SecretStr
from sqlalchemy import insert, text

from agents.answer import Event
from gateway.app import build
from gateway.front import Front
from gateway.listening import listen, make_server
from gateway.sync_requests import QueuedSyncs
from servers.app import build_all
from servers.context import Pulse, opened
from store import dsn as dsns
from store.database import Database, open_database
from store.settings import Settings
from store.tables.operations import run_log, sync_run

DOCUMENT = {"question": "How many?", "answer": "Seven.", "status": "ok", "charts": [], "figures": [], "conversation_id": "c1"}

WEBHOOK_SECRET = "a secret of the webhook"


@dataclass
class Scripted:
    """Answers every question with the same events and remembers what it was asked."""

    asked: list[tuple[str, str | None]] = field(default_factory=list)

    async def ask(self, question: str, conversation: str | None) -> AsyncIterator[Event]:
        """The script."""
        self.asked.append((question, conversation))
        yield Event(type="plan", data={"intent": "value"})
        yield Event(type="text", data={"text": "Seven."})
        yield Event(type="done", data=DOCUMENT)

    async def tool(self, name: str, **arguments: Any) -> dict[str, Any]:
        """No tools in this script."""
        raise LookupError(name, arguments)

    async def first_sync(self) -> str:
        """Nothing to wait for."""
        return "done"

    async def runs(self) -> list[dict[str, Any]]:
        """No runs."""
        return []


@dataclass(frozen=True)
class Door:
    """An open front door and its database as the owner sees it."""

    url: str
    http: httpx.AsyncClient
    backend: Scripted
    db: Database


@pytest.fixture(scope="module")
async def opened_door(server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    """The whole application but the chat page, served on a free port for all tests of a file."""
    async with cloned(server_url, template) as url:
        settings = Settings(_env_file=None, pulse_home=tmp_path_factory.mktemp("door"), database_url=url)
        async with (
            open_database(settings, role="owner") as db,
            Client(build_all(opened(Pulse(settings, db)))) as tools,
            serving(Front(settings, db, tools, Scripted(), QueuedSyncs(db))) as door,
        ):
            yield door


@contextlib.asynccontextmanager
async def cloned(server_url: str, template: str) -> AsyncIterator[str]:
    """A database of its own."""
    name = f"pulse_door_{os.urandom(6).hex()}"
    await clone(server_url, template, name)
    yield dsns.with_database(server_url, name)
    await drop(server_url, name)


@contextlib.asynccontextmanager
async def taking_webhooks(server_url: str, template: str, home: Path) -> AsyncIterator[Door]:
    """A front door in the serving role that knows the secret of both webhooks, on a database of its own; its `db` is the owner's."""
    async with cloned(server_url, template) as url:
        secrets = {"github_webhook_secret": SecretStr(WEBHOOK_SECRET), "jira_webhook_secret": SecretStr(WEBHOOK_SECRET)}
        settings = Settings(_env_file=None, pulse_home=home, database_url=url, **secrets)
        async with (
            open_database(settings, role="owner") as owner,
            open_database(settings, role="app") as db,
            Client(build_all(opened(Pulse(settings, db)))) as tools,
            serving(Front(settings, db, tools, Scripted())) as door,
        ):
            yield Door(door.url, door.http, door.backend, owner)


def signature(body: bytes, secret: str = WEBHOOK_SECRET, algorithm: str = "sha256") -> str:
    """Of a delivery, as GitHub and Jira make it."""
    return f"{algorithm}={hmac.new(secret.encode(), body, algorithm).hexdigest()}"


@contextlib.asynccontextmanager
async def serving(front: Front) -> AsyncIterator[Door]:
    """Serve a front over HTTP."""
    ready = asyncio.Event()
    server = make_server(build(front, with_chat=False), on_ready=ready.set)
    with listen("127.0.0.1", 0) as sock:
        url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        task = asyncio.create_task(server.serve(sockets=[sock]))
        await ready.wait()
        assert isinstance(front.backend, Scripted)
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
            yield Door(url, http, front.backend, front.db)
        server.should_exit = True
        await task


@pytest.fixture
async def door(opened_door: Door) -> Door:
    """The door with no runs stored and no question asked yet."""
    async with opened_door.db.begin() as connection:
        await connection.execute(text("truncate sync_run, sync_run_entity, run_log, schedule, quarantine"))
    opened_door.backend.asked.clear()
    return opened_door


AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


async def store_run(db: Database, run: str, **more: Any) -> None:
    """A sync run as a worker writes it."""
    async with db.begin() as connection:
        await connection.execute(
            insert(sync_run).values(id=run, mode="full", requested_at=AT, **{"source": "github", "status": "ok", **more})
        )
        await connection.execute(insert(run_log).values(run_id=run, at=AT, level="info", message="read 3 pages"))
