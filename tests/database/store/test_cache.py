"""Answers are kept by this process or by Redis; a cache may forget, and one that is gone is left alone."""

import pytest
from pydantic import SecretStr

from store.cache import Cache, MemoryCache, RedisCache, make_cache
from store.settings import Settings


@pytest.fixture(params=["memory", "redis"])
def cache(request: pytest.FixtureRequest, settings: Settings) -> Cache:
    """Both ways of keeping answers."""
    if request.param == "memory":
        return make_cache(settings)
    settings = settings.model_copy(update={"redis_url": SecretStr(request.getfixturevalue("redis_url"))})
    made = make_cache(settings)
    assert isinstance(made, RedisCache)
    made.timeout_s = 30  # a busy machine may let Redis wait
    return made


async def test_what_was_put_is_found_under_its_key(cache: Cache) -> None:
    """Another key finds nothing; the same key again replaces."""
    await cache.put("a", "é1")
    await cache.put("a", "é2")
    assert (await cache.get("a"), await cache.get("b")) == ("é2", None)


async def test_memory_drops_what_was_asked_for_longest_ago() -> None:
    """A process holds a bounded number of characters."""
    cache = MemoryCache(max_characters=4)
    for key in ("a", "b"):
        await cache.put(key, "xx")
    await cache.get("a")
    await cache.put("c", "xx")
    assert [await cache.get(key) for key in ("a", "b", "c")] == ["xx", None, "xx"]


async def test_a_redis_that_is_gone_is_not_asked_again_at_once() -> None:
    """Questions are answered without it; the second one does not even wait."""
    cache = RedisCache("redis://127.0.0.1:1/0")
    await cache.put("a", "1")
    assert cache._rests_until > 0
    assert await cache.get("a") is None
