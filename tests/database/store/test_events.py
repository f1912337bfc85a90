"""Live events: whoever follows a topic hears what is published, through PostgreSQL and through Redis alike."""

import asyncio

import pytest
from cables import cable
from pydantic import SecretStr

from store.database import Database
from store.events import Events, RedisEvents, make_events
from store.settings import Settings


@pytest.fixture(params=["postgresql", "redis"])
def events(request: pytest.FixtureRequest, settings: Settings, db: Database) -> Events:
    """Both ways of carrying events."""
    if request.param == "redis":
        settings = settings.model_copy(update={"redis_url": SecretStr(request.getfixturevalue("redis_url"))})
    return make_events(settings, db)


async def test_a_follower_hears_what_is_published_in_order(events: Events) -> None:
    """Progress arrives as it was told."""
    async with events.follow("run_in_order") as heard:
        for page in range(3):
            await events.publish("run_in_order", {"page": page, "note": "é"})
        assert [await anext(heard) for _ in range(3)] == [{"page": page, "note": "é"} for page in range(3)]


async def test_a_topic_hears_nothing_of_another(events: Events) -> None:
    """Two runs do not mix their progress."""
    async with events.follow("run_one") as heard:
        await events.publish("run_two", {"page": 1})
        await events.publish("run_one", {"page": 2})
        assert await anext(heard) == {"page": 2}


async def test_publishing_without_a_listener_is_no_error(events: Events) -> None:
    """Nobody has to watch."""
    assert await events.publish("run_alone", {"page": 1}) is None


async def test_an_event_too_long_for_a_hint_is_refused(events: Events) -> None:
    """The limit is the same everywhere, so that it is found before production."""
    with pytest.raises(ValueError, match="hint"):
        await events.publish("run_long", {"log": "x" * 9_000})


async def test_a_lost_connection_is_made_again(settings: Settings, db: Database) -> None:
    """A restart of the database ends no live view."""
    events = make_events(settings, db)
    async with events.follow("run_again") as heard:
        async with db.begin() as connection:
            raw = await db.raw(connection)
            cut = """
                select pg_terminate_backend(pid) from pg_stat_activity
                where application_name = 'pulse-events' and datname = current_database() and usename = current_user
            """
            assert await raw.fetchval(cut)
        async with asyncio.TaskGroup() as group:
            repeat = group.create_task(_publish_for_ever(events))
            assert await anext(heard) == {"page": 9}
            repeat.cancel()


async def _publish_for_ever(events: Events) -> None:
    while True:
        await events.publish("run_again", {"page": 9})
        await asyncio.sleep(0.1)


async def test_a_follower_through_redis_hears_again_after_the_network_fell_silent(redis_url: str) -> None:
    """A follower sends nothing, so without probes it would wait for hours for what no longer comes."""
    hasty = {"keepalives_idle": 1, "keepalives_interval": 1, "keepalives_count": 1, "tcp_user_timeout": 500}
    async with cable(redis_url) as way:
        events = RedisEvents(way.url, hasty)
        async with events.follow("run_silence") as heard:
            await way.cut()
            while way.held():
                await asyncio.sleep(0.05)
            way.mend()
            hearing = asyncio.ensure_future(anext(heard))
            while not hearing.done():
                await RedisEvents(redis_url).publish("run_silence", {"page": 9})
                await asyncio.wait({hearing}, timeout=0.1)
            assert hearing.result() == {"page": 9}
