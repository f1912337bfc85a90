"""A13: live progress by WebSocket and server-sent events while connections are dropped and the server is killed."""

import asyncio
import contextlib
import json
import random
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from bars import Bar
from stand_in import Slow, both_at, both_sources, served
from watching import watched
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from workers import environment

from etl.demo.company.model import Company
from etl.sync import sync
from store.settings import Settings
from tests.chaos.conftest import NOW, Fresh, Measure

pytestmark = pytest.mark.timeout(600)
BACKWARDS = Bar("A13", "messages whose version or counts were lower than before", 0, "messages")
UNTOLD = Bar("A13", "followers that did not hear of the end of the run", 0, "followers")
DROPPED = Bar("A13", "connections dropped or lost", 30, "connections", "higher")
UNRESUMED = Bar("A13", "first messages after a return that were not newer than the last seen", 0, "messages")
DROP = 0.3
FOLLOWERS, ALL_FOLLOWERS = 12, 40
RUN = "run-chaos"
PAUSE_S = 0.2
FAILURES = (OSError, WebSocketException, httpx.HTTPError, asyncio.IncompleteReadError)


@dataclass
class Follower:
    """Somebody who follows a run and comes back whenever the connection is lost."""

    url: str
    dice: random.Random
    by: str
    """`socket`, `events`, or `looks`: the REST interface asked again and again."""
    version: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    messages: int = 0
    backwards: int = 0
    unresumed: int = 0
    dropped: int = 0
    ended: bool = False

    async def follow(self) -> None:
        """Until the end of the run is told."""
        while not self.ended:
            with contextlib.suppress(*FAILURES):
                await getattr(self, f"_{self.by}")()
            self.dropped += not self.ended
            await asyncio.sleep(PAUSE_S)

    async def _socket(self) -> None:
        async with connect(f"{self.url.replace('http', 'ws')}/api/v1/sync/stream?run={RUN}&after={self.version}") as held:
            first = True
            async for message in held:
                if self._take(json.loads(message), first=first):
                    held.transport.abort()
                first = False

    async def _events(self) -> None:
        headers = {"accept": "text/event-stream", "last-event-id": str(self.version)}
        address, first = f"{self.url}/api/v1/sync/stream?run={RUN}", True
        async with httpx.AsyncClient(trust_env=False, timeout=10) as http, http.stream("GET", address, headers=headers) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data:"):
                    if self._take(json.loads(line[5:]), first=first):
                        return
                    first = False

    async def _looks(self) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
            runs = (await http.get(f"{self.url}/api/v1/sync/runs")).json()
            self._take({"version": self.version, "runs": runs, "ended": all(run["status"] not in ("queued", "running") for run in runs)})

    def _take(self, moment: dict[str, Any], *, first: bool = False) -> bool:
        """Judge a message; whether to drop the connection now."""
        if moment["runs"] is None:
            return False
        counts = {run["run"]: int((run["progress"] or {}).get("fetched") or 0) for run in moment["runs"]}
        fell = any(counts.get(run, 0) < before for run, before in self.counts.items())
        self.backwards += fell or moment["version"] < self.version
        self.unresumed += first and self.by != "looks" and moment["version"] <= self.version and not moment["ended"]
        self.version, self.counts, self.ended = moment["version"], counts, bool(moment["ended"])
        self.messages += 1
        return not self.ended and self.dice.random() < DROP


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_progress_only_grows_and_the_end_is_always_told(
    fresh: Fresh, small_company: Company, settings: Settings, tmp_path: Path, measured: Measure, full: bool
) -> None:
    """Three kinds of followers; the server is killed in the middle of the run and is back after a while."""
    port = _free_port()
    kinds, serve = ("socket", "socket", "events", "looks"), ("serve", "--port", str(port))
    count = ALL_FOLLOWERS if full else FOLLOWERS
    followers = [Follower(f"http://127.0.0.1:{port}", random.Random(turn), kinds[turn % len(kinds)]) for turn in range(count)]
    async with fresh() as db, served(Slow(both_sources(small_company, largest_page=25), 0.5)) as url:
        given = environment(db.dsn, tmp_path / "home", {})
        there = both_at(settings.model_copy(update={"pulse_now": NOW}), url)
        async with watched(serve, given, tmp_path / "serve.log", db.dsn):
            running = asyncio.create_task(sync(there, db, run_id=RUN))
            await asyncio.sleep(1)
            following = [asyncio.create_task(one.follow()) for one in followers]
            await asyncio.sleep(5)
        async with watched(serve, given, tmp_path / "serve.log", db.dsn):
            await running
            await asyncio.wait(following, timeout=30)
        for task in following:
            task.cancel()
    measured(BACKWARDS, sum(one.backwards for one in followers), f"({sum(one.messages for one in followers)} messages)")
    measured(UNTOLD, sum(not one.ended for one in followers), f"({len(followers)} followers)")
    measured(DROPPED, sum(one.dropped for one in followers if one.by != "looks"))
    measured(UNRESUMED, sum(one.unresumed for one in followers))
