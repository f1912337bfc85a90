"""Live progress: the newest runs at once, then again whenever one has moved; never backwards, and resumable."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi.encoders import jsonable_encoder

from gateway.front import Front
from servers.records import runs as records
from store.events import Event, make_events

TOPIC = "sync"
PAUSE_S = 0.5
"""Shortest time between two messages; a busy sync tells of every page."""
LOOK_S = 2.0
"""The store is looked at this often even when nobody told us of a change: an event may get lost, a state does not."""
BEAT_S = 20.0
"""Something goes out at least this often, so that both sides notice a dead connection."""
ACTIVE = ("queued", "running")


@dataclass(frozen=True)
class Moment:
    """The runs as they stood at a version; `runs` None is a beat: nothing has moved."""

    version: int
    runs: list[dict[str, Any]] | None
    ended: bool = False

    def document(self) -> dict[str, Any]:
        """The message on a socket."""
        return {"version": self.version, "runs": self.runs, "ended": self.ended}


async def follow(front: Front, *, run: str | None = None, after: int = 0) -> AsyncGenerator[Moment, None]:
    """Moments newer than `after`, until the followed run has ended; without `run` of all runs, for ever."""
    loop = asyncio.get_running_loop()
    async with make_events(front.settings, front.db).follow(TOPIC) as events, _asked(events) as hear:
        seen, told_at = after - 1 if after else -1, loop.time()
        while True:
            moment = await _look(front, run, seen)
            if moment is not None:
                seen = moment.version
                if moment.version > after or not after or moment.ended:
                    told_at = loop.time()
                    yield moment
                if run is not None and moment.ended:
                    return
            elif loop.time() - told_at >= BEAT_S:
                told_at = loop.time()
                yield Moment(seen, None)
            await asyncio.sleep(PAUSE_S)
            await hear()


@contextlib.asynccontextmanager
async def _asked(events: AsyncIterator[Event]) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Waits for the next event, at most LOOK_S; a wait that is over must not end the iterator, so the question stays open."""
    told: list[asyncio.Future[Event]] = [asyncio.ensure_future(anext(events))]

    async def hear() -> None:
        await asyncio.wait(told, timeout=LOOK_S)
        if told[0].done():
            told[0].result()
            told[0] = asyncio.ensure_future(anext(events))

    try:
        yield hear
    finally:
        told[0].cancel()
        await asyncio.gather(told[0], return_exceptions=True)


async def _look(front: Front, run: str | None, seen: int) -> Moment | None:
    """The runs, if they have moved since version `seen`."""
    async with front.db.connect() as connection:
        version = await records.version(connection, run=run)
        if version <= seen:
            return None
        found = await records.runs(connection, run=run)
    return Moment(version, jsonable_encoder(found), ended=bool(found) and not any(one["status"] in ACTIVE for one in found))
