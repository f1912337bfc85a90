"""A network that drops everything in silence: whoever waits for the database hears of it all the same."""

import asyncio
import os
import socket

import psycopg
from cables import cable

from store import dsn as dsns
from store.database import connect
from store.transient import is_gone

OPTIONS = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
HASTY = "?keepalives_idle=1&keepalives_interval=1&keepalives_count=1&tcp_user_timeout=500"


async def test_a_statement_and_a_listener_end_when_the_network_falls_silent(database_url: str) -> None:
    """Without keepalives both would wait for hours: nobody refuses anything."""
    async with cable(database_url) as way:
        asking = await connect(way.url + HASTY)
        listening = await psycopg.AsyncConnection.connect(dsns.for_libpq(way.url + HASTY), autocommit=True)
        await listening.execute("listen anything")
        await way.cut()

        async def listen() -> None:
            async for _ in listening.notifies():
                pass

        ended = await asyncio.gather(asking.fetchval("select 1"), listen(), return_exceptions=True)
        assert [isinstance(one, Exception) and is_gone(one) for one in ended] == [True, True], ended
        way.mend()
        asking.terminate()
        await listening.close()


async def test_what_is_asked_late_in_the_silence_ends_as_soon_as_the_times_add_up(database_url: str) -> None:
    """Nobody probes while a statement is under way: its own time begins when it is sent."""
    async with cable(database_url) as way:
        asking = await connect(way.url + "?keepalives_idle=1&keepalives_interval=1&keepalives_count=1&tcp_user_timeout=1000")
        await way.cut()
        began = asyncio.get_running_loop().time()
        await asyncio.sleep(0.7)  # the first probe is still to come
        (ended,) = await asyncio.gather(asking.fetchval("select 1"), return_exceptions=True)
        assert isinstance(ended, Exception), ended
        assert is_gone(ended), ended
        assert asyncio.get_running_loop().time() - began <= 3.5
        way.mend()
        asking.terminate()


def asked(own: socket.socket) -> list[int]:
    """What was asked of the operating system about silence."""
    on = own.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    return [on, *(own.getsockopt(socket.IPPROTO_TCP, option) for option in OPTIONS)]


async def test_a_silent_connection_is_probed_within_half_a_minute(database_url: str) -> None:
    """Both drivers ask the same of the operating system."""
    async with cable(database_url) as way:
        one, other = await connect(way.url), await psycopg.AsyncConnection.connect(dsns.for_libpq(way.url))
        with socket.socket(fileno=os.dup(other.fileno())) as own:
            assert asked(own) == asked(one.socket) == [1, *list(dsns.KEEPALIVE.values())[1:]]
        await one.close()
        await other.close()
