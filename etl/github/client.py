"""The GitHub client: REST and GraphQL of one host, for the organisations that are set."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from etl.answers import Answer
from etl.entity import Position, Raw
from etl.github.accounts import Accounts
from etl.github.graphql import GraphQL
from etl.http import Host, Limits, Params
from store.settings import Settings

REQUESTS_PER_MINUTE = 900
"""GitHub asks for no more of one token, whatever is left of its hourly limit."""


class GitHub:
    """What entities ask GitHub with."""

    def __init__(self, settings: Settings, limits: Limits | None = None) -> None:
        limits = limits or Limits(in_flight=2, per_minute=REQUESTS_PER_MINUTE)
        self.accounts = Accounts(settings, limits, Host(asyncio.Semaphore(limits.in_flight)))
        self.http = self.accounts.all[0].http
        self.owners = list(dict.fromkeys(owner for one in (settings, *settings.accounts) for owner in one.github_org))
        self.graphql = GraphQL(self.accounts, graphql_url(settings.github_api_url))
        self.activity: Mapping[str, Any] = {}
        """The signs of change that are stored, by full name of the repository."""

    @property
    def is_welcome(self) -> bool:
        """Whether one account at least is not refused yet."""
        return any(account.http.refused is None for account in self.accounts.all)

    def learn(self, lookups: Mapping[str, Any]) -> None:
        """Take over what the store knows by now; called before each entity."""
        self.activity = lookups.get("activity", {})

    async def get(self, path: str, params: Params | None = None, *, etag: str | None = None) -> Answer:
        """GET a REST path, with the account of the organisation in it."""
        http = await self.accounts.of(owner_in(path)).signed_in()
        return await http.get(path, params, etag=etag)

    async def pages(self, path: str, params: Params, position: Position) -> AsyncIterator[tuple[Answer, Raw | None]]:
        """The pages of a REST list with the cursor that follows each; goes on at `position.cursor` and sends its ETag for the first page."""
        at = position.cursor["path"] if position.cursor else None
        answer = await self.get(at) if at else await self.get(path, params, etag=position.etag)
        while True:
            following = {"path": self.http.relative(answer.next_url)} if answer.next_url else None
            yield answer, following
            if following is None:
                return
            answer = await self.get(following["path"])


def owner_in(path: str) -> str | None:
    """The organisation or user that a REST path is about."""
    kind, _, rest = path.lstrip("/").partition("/")
    return rest.partition("/")[0] or None if kind in ("repos", "orgs", "users") else None


def graphql_url(api_url: str) -> str:
    """Where GraphQL is: beside the REST base of GitHub Enterprise Server, below any other."""
    base = api_url.rstrip("/")
    return f"{base.removesuffix('/v3')}/graphql" if urlsplit(base).path.endswith("/api/v3") else f"{base}/graphql"


@contextlib.asynccontextmanager
async def connect(settings: Settings, limits: Limits | None = None) -> AsyncIterator[Any]:
    """A client for the block."""
    client = GitHub(settings, limits)
    async with contextlib.AsyncExitStack() as stack:
        for account in client.accounts.all:
            await stack.enter_async_context(account.http)
        yield client
