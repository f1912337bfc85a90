"""Small live events between processes: by PostgreSQL LISTEN/NOTIFY, or by Redis when REDIS_URL is set.

Events are hints, not records: whoever listens first reads the stored state, then follows. A listener that falls behind loses
its oldest events, a restarted database those of the gap.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import asyncpg
import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from sqlalchemy import text

from store import database
from store.database import Database
from store.dsn import KEEPALIVE
from store.reachable import tcp_options
from store.settings import Settings
from store.transient import is_transient

Event = dict[str, Any]
CHANNEL_PREFIX = "pulse_"
MAX_EVENT_BYTES = 7_900
"""NOTIFY takes 8,000 bytes."""
BACKLOG = 1_000
RECONNECT_S = 0.5
REDIS_TIMEOUT_S = 1.0

log = structlog.get_logger(__name__)


class Events(Protocol):
    """Publish and follow the events of a topic."""

    async def publish(self, topic: str, event: Event) -> None:
        """Tell everybody who follows `topic` now."""

    def follow(self, topic: str) -> contextlib.AbstractAsyncContextManager[AsyncIterator[Event]]:
        """The events of `topic` from the moment the block is entered."""


def make_events(settings: Settings, db: Database) -> Events:
    """Redis when there is one, else the database itself."""
    return RedisEvents(settings.redis_url.get_secret_value()) if settings.redis_url is not None else PostgresEvents(db)


def _encoded(event: Event) -> str:
    payload = json.dumps(event, ensure_ascii=False, default=str, separators=(",", ":"))
    if len(payload.encode()) > MAX_EVENT_BYTES:
        raise ValueError(f"an event is a hint of at most {MAX_EVENT_BYTES} bytes; store the rest and send its id")
    return payload


@dataclass(frozen=True)
class PostgresEvents:
    """Events through the database that everybody shares anyway."""

    db: Database

    async def publish(self, topic: str, event: Event) -> None:
        """Tell everybody who follows `topic` now."""
        async with self.db.begin() as connection:
            await connection.execute(
                text("select pg_notify(:channel, :payload)"), {"channel": CHANNEL_PREFIX + topic, "payload": _encoded(event)}
            )

    @contextlib.asynccontextmanager
    async def follow(self, topic: str) -> AsyncIterator[AsyncIterator[Event]]:
        """The events of `topic` from the moment the block is entered; it survives a restart of the database."""
        backlog: asyncio.Queue[Event] = asyncio.Queue(BACKLOG)
        connection = await self._listen(topic, backlog)
        keeper = asyncio.create_task(self._keep_listening(topic, backlog, connection))
        try:
            yield _drain(backlog)
        finally:
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeper

    async def _listen(self, topic: str, backlog: asyncio.Queue[Event]) -> asyncpg.Connection:
        connection = await database.connect(self.db.dsn, application_name="pulse-events")
        await connection.add_listener(CHANNEL_PREFIX + topic, lambda *said: _keep(backlog, str(said[3])))
        return connection

    async def _keep_listening(self, topic: str, backlog: asyncio.Queue[Event], connection: asyncpg.Connection) -> None:
        try:
            while True:
                await asyncio.sleep(RECONNECT_S)
                if connection.is_closed():
                    try:
                        connection = await self._listen(topic, backlog)
                    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                        if not is_transient(error):
                            raise
        finally:
            await connection.close()


@dataclass(frozen=True)
class RedisEvents:
    """Events through Redis, for many machines."""

    url: str
    keepalive: Mapping[str, int] = field(default_factory=lambda: KEEPALIVE)
    """When a silent connection counts as lost: a follower sends nothing, and would wait for ever."""

    def _client(self) -> Redis:
        silence: dict[str, Any] = {"socket_keepalive": True, "socket_keepalive_options": tcp_options(self.keepalive)}
        options = {} if self.url.startswith("unix:") else silence
        return Redis.from_url(self.url, socket_connect_timeout=REDIS_TIMEOUT_S, retry=Retry(NoBackoff(), 0), **options)

    async def publish(self, topic: str, event: Event) -> None:
        """Tell everybody who follows `topic` now; without Redis nobody hears it, which a log line says."""
        payload = _encoded(event)
        async with self._client() as client:
            try:
                await asyncio.wait_for(client.publish(CHANNEL_PREFIX + topic, payload), REDIS_TIMEOUT_S)
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("event_lost", topic=topic, reason=type(error).__name__)

    @contextlib.asynccontextmanager
    async def follow(self, topic: str) -> AsyncIterator[AsyncIterator[Event]]:
        """The events of `topic` from the moment the block is entered."""
        backlog: asyncio.Queue[Event] = asyncio.Queue(BACKLOG)
        async with self._client() as client, client.pubsub() as subscription:
            await subscription.subscribe(CHANNEL_PREFIX + topic)
            await subscription.get_message(timeout=REDIS_TIMEOUT_S)
            reader = asyncio.create_task(_read_redis(subscription, backlog))
            try:
                yield _drain(backlog)
            finally:
                reader.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await reader


async def _read_redis(subscription: Any, backlog: asyncio.Queue[Event]) -> None:
    while True:
        try:
            message = await subscription.get_message(timeout=None)
            if message is None:  # what the system gave up in silence looks to the library like an answer that is late, again and again
                await subscription.connection.disconnect(nowait=True)
        except (RedisError, OSError):
            message = None
        if message is None:
            await asyncio.sleep(RECONNECT_S)  # the next read connects and subscribes again
        elif message["type"] == "message":
            _keep(backlog, message["data"].decode())


def _keep(backlog: asyncio.Queue[Event], payload: str) -> None:
    if backlog.full():
        backlog.get_nowait()
    backlog.put_nowait(json.loads(payload))


async def _drain(backlog: asyncio.Queue[Event]) -> AsyncIterator[Event]:
    while True:
        yield await backlog.get()
