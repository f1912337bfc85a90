"""Opening an installation for the front door: database, tools, answering graph."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fastmcp import Client
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg import AsyncConnection, OperationalError
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from agents.answer import Event
from agents.ask import Deps, make_deps, stream
from agents.dashboards import asked_of, dashboard
from agents.toolbox import Toolbox
from gateway import etl_board, mappings
from gateway.first_sync import first_sync
from gateway.front import Front
from gateway.tools import call
from servers.app import build_all
from servers.context import Pulse, Syncs, opened
from servers.metrics import health as data_health
from servers.records import runs as records
from store import dsn as dsns
from store.database import Database, open_database
from store.errors import DatabaseUnavailable
from store.settings import Settings
from store.transient import POOL_PATIENCE

SCHEMA = "graph"
"""Where the answering graph keeps conversations."""
CONNECTIONS = 4


@dataclass(frozen=True)
class Answering:
    """What the chat and the REST interface ask."""

    deps: Deps
    db: Database
    tools: "Client[Any]"
    settings: Settings
    syncs: Syncs | None

    async def ask(self, question: str, conversation: str | None) -> AsyncIterator[Event]:
        """The answer to a question, step by step.

        Raises:
            DatabaseUnavailable: nothing can be answered now, and why.
        """
        async with self.db.connect():
            pass
        try:
            async for event in stream(question, conversation_id=conversation, deps=self.deps):
                yield event
        except OperationalError as error:
            raise DatabaseUnavailable(self.db.away()) from error

    async def dashboard(
        self, name: str, words: str = "", *, period: str | None = None, scope: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """A dashboard; period and scope as given, or as the words say."""
        said_period, said_scope = asked_of(words, await self.deps.toolbox.names(), self.deps.calendar) if words.strip() else (None, {})
        return await dashboard(name, self.deps.toolbox, period=period or said_period, scope={**said_scope, **(scope or {})})

    async def tool(self, name: str, **arguments: Any) -> dict[str, Any]:
        """The structured result of an MCP tool."""
        result: dict[str, Any] = await call(self.tools, name, **arguments)
        return result

    async def first_sync(self) -> str:
        """pending, running, done or failed."""
        async with self.db.connect() as connection:
            return await first_sync(connection)

    async def runs(self) -> list[dict[str, Any]]:
        """The newest sync runs with their entities and progress."""
        async with self.db.connect() as connection:
            return await records.runs(connection)

    async def board(self) -> dict[str, Any]:
        """The ETL board."""
        return await etl_board.board(self.settings, self.db)

    async def health(self) -> dict[str, Any]:
        """How far the stored data can be trusted."""
        return await data_health.health(self.db, self.settings)

    async def log(self, **wanted: Any) -> dict[str, Any]:
        """A page of the run log, newest first."""
        return await etl_board.log(self.db, **wanted)

    async def mappings(self) -> dict[str, Any]:
        """Proposed mappings and the last decisions about them."""
        return await mappings.shown(self.db)

    async def decide(self, do: str, target: str) -> str:
        """Accept or reject a proposal, or undo a decision."""
        return await mappings.press(self.db, do, target, by="chat")

    async def control(self, do: str, target: str) -> str:
        """Press a button of the ETL board."""
        return await etl_board.control(self.db, self.syncs, do, target=target, by="chat")


@contextlib.asynccontextmanager
async def open_front(settings: Settings, syncs: Syncs | None = None) -> AsyncIterator[Front]:
    """An installation in the serving role; `syncs` does the syncs that tools ask for."""
    async with contextlib.AsyncExitStack() as stack:
        db = await stack.enter_async_context(open_database(settings, role="app"))
        tools = await stack.enter_async_context(Client(build_all(opened(Pulse(settings, db, syncs)))))
        saver = await stack.enter_async_context(_conversations(db))
        deps = make_deps(settings, Toolbox(tools), saver, link_hosts=link_hosts(settings))
        yield Front(settings, db, tools, Answering(deps, db, tools, settings, syncs), syncs)


@contextlib.asynccontextmanager
async def _conversations(db: Database) -> AsyncIterator[AsyncPostgresSaver]:
    """Where conversations are kept between questions: in PostgreSQL, in a schema of their own."""
    options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    pool: AsyncConnectionPool[AsyncConnection[dict[str, Any]]] = AsyncConnectionPool(
        dsns.for_libpq(db.dsn, search_path=SCHEMA), min_size=1, max_size=CONNECTIONS, open=False, kwargs=options, **POOL_PATIENCE
    )
    async with pool:
        saver = AsyncPostgresSaver(pool)
        await saver.setup()
        yield saver


def link_hosts(settings: Settings) -> tuple[str, ...]:
    """Hosts that links in answers may lead to: the sources' own pages."""
    github = urlsplit(settings.github_api_url).hostname or ""
    jira = urlsplit(settings.jira_base_url or "").hostname or ""
    return tuple(host for host in ("github.com" if github == "api.github.com" else github, jira) if host)
