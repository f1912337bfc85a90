"""Answers that were computed already: in this process, or in Redis when REDIS_URL is set, so that all machines share them.

A cache may forget at any time, and whoever asks goes on without it: a Redis that is gone, slow or full costs one short wait and is then left
alone for a while. Keys carry the version of the data, so nothing is ever deleted because it became wrong.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from store.settings import Settings

MAX_CHARACTERS = 32_000_000
"""What the cache of a process may hold; the answers that were asked for longest ago go first."""
KEEP_S = 3600
"""How long Redis keeps an answer; a sync makes another key long before."""
REDIS_TIMEOUT_S = 0.25
REST_S = 5.0
"""For so long a Redis that failed is not asked again."""
PREFIX = "pulse:answer:"
T = TypeVar("T")

log = structlog.get_logger(__name__)


class Cache(Protocol):
    """Keeps texts by key."""

    async def get(self, key: str) -> str | None:
        """What was put, or None."""

    async def put(self, key: str, value: str) -> None:
        """Keep a text."""


def make_cache(settings: Settings) -> Cache:
    """Redis when there is one, else the memory of this process."""
    return RedisCache(settings.redis_url.get_secret_value()) if settings.redis_url is not None else MemoryCache()


@dataclass
class MemoryCache:
    """The answers of this process."""

    max_characters: int = MAX_CHARACTERS
    _kept: OrderedDict[str, str] = field(default_factory=OrderedDict)
    _characters: int = 0

    async def get(self, key: str) -> str | None:
        """What was put, or None."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    async def put(self, key: str, value: str) -> None:
        """Keep a text, and drop what was asked for longest ago where there is no room."""
        self._characters += len(value) - len(self._kept.pop(key, ""))
        self._kept[key] = value
        while self._characters > self.max_characters:
            _, dropped = self._kept.popitem(last=False)
            self._characters -= len(dropped)


@dataclass
class RedisCache:
    """The answers of all machines."""

    url: str
    timeout_s: float = REDIS_TIMEOUT_S
    _rests_until: float = 0.0

    def _client(self) -> Redis:
        return Redis.from_url(
            self.url,
            socket_connect_timeout=self.timeout_s,
            socket_timeout=self.timeout_s,
            retry=Retry(NoBackoff(), 0),
        )

    async def get(self, key: str) -> str | None:
        """What was put, or None; also None while Redis does not answer."""

        async def ask(client: Redis) -> str | None:
            found = await client.get(PREFIX + key)
            return found.decode() if isinstance(found, bytes) else found

        return await self._asked(ask)

    async def put(self, key: str, value: str) -> None:
        """Keep a text, if Redis answers."""

        async def tell(client: Redis) -> None:
            await client.set(PREFIX + key, value, ex=KEEP_S)

        await self._asked(tell)

    async def _asked(self, work: Callable[[Redis], Awaitable[T]]) -> T | None:
        if time.monotonic() < self._rests_until:
            return None
        try:
            async with asyncio.timeout(self.timeout_s), self._client() as client:
                return await work(client)
        except (RedisError, OSError, TimeoutError, UnicodeDecodeError) as error:
            self._rests_until = time.monotonic() + REST_S
            log.warning("cache_rests", reason=type(error).__name__, seconds=REST_S)
            return None
