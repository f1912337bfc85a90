"""A3: workers that die, sleep or lose the network while they hold a run."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from bars import Bar
from stand_in import GITHUB_TABLES, environment_of, github_at, served
from starlette.types import ASGIApp, Receive, Scope, Send
from workers import Cable, cable, environment, worker

from etl.demo.company.model import Company
from etl.demo.github.app import make_app
from etl.enqueue import request_sync
from etl.replay import store_digest
from etl.sync import sync
from servers.records.runs import runs
from store.database import Database
from store.settings import Settings
from tests.chaos.conftest import Fresh, Measure

pytestmark = pytest.mark.timeout(900)
DIFFERENT = Bar("A3", "tables that differ after a kill, a sleep and a cut", 0, "tables")
TAKEOVER = Bar("A3", "longest time from a loss to the next worker's first page", 60, "s")
BACKWARDS = Bar("A3", "times that the counts of the run fell", 0, "times")
AFTERWARDS = Bar("A3", "tables that the woken workers still changed when the run had ended", 0, "tables")
LET_GO = Bar("A3", "woken workers that did not let go of the job", 0, "workers")
STEPS = (6, 12, 18)
"""Requests of the run after which the worker that holds it is lost."""
TABLES = [name for name in GITHUB_TABLES if name != "identity"]
"""What syncs alone write; facts that are derived at the end also mark identities."""
NOTES = ("raw_record", "checkpoint", "sync_run")
SETTLE_S = 15.0
"""Time for a woken worker to try what it still holds."""
DELAY_S = 0.8


class Slow:
    """The stand-in, so slow that there is time to lose a worker."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(DELAY_S)
        await self.app(scope, receive, send)


class Watch:
    """One run, looked at from outside."""

    def __init__(self, db: Database, run: str) -> None:
        self.db, self.run = db, run
        self.requests = self.fell = 0

    async def look(self) -> dict[str, Any]:
        """The run now; counts that fell are noted."""
        async with self.db.connect() as connection:
            found = (await runs(connection, run=self.run))[0]
        requests = int((found["progress"] or {}).get("requests") or 0)
        self.fell += requests < self.requests
        self.requests = max(requests, self.requests)
        return found

    async def until(self, requests: int) -> float:
        """Wait for so many requests, or the end; returns the seconds."""
        began = time.monotonic()
        while (await self.look())["status"] in ("queued", "running") and self.requests < requests:
            await asyncio.sleep(0.2)
        return time.monotonic() - began


async def _twin(fresh: Fresh, settings: Settings, small_company: Company) -> dict[str, str]:
    async with fresh() as db, served(make_app(small_company)) as url:
        await sync(github_at(settings, url), db, sources=["github"])
        return await store_digest(db, TABLES)


@pytest.fixture
async def laid(fresh: Fresh) -> AsyncIterator[tuple[Database, Cable]]:
    """An empty database and a way to it that can be cut."""
    async with fresh() as db, cable(db.dsn) as way:
        yield db, way


async def test_three_lost_workers_leave_the_store_of_an_undisturbed_sync(
    fresh: Fresh, laid: tuple[Database, Cable], small_company: Company, settings: Settings, tmp_path: Path, measured: Measure
) -> None:
    """The first is killed, the second sleeps, the third loses the network; when a fourth goes on, the sleepers wake and write nothing."""
    db, way = laid
    undisturbed = await _twin(fresh, settings, small_company)
    watch = Watch(db, (await request_sync(db, "github", by="chaos")).run)
    takeovers = []
    async with served(Slow(make_app(small_company))) as url:
        source = environment_of(github_at(settings, url))
        with ExitStack() as stack:
            lost: list[Any] = []
            for place, address in enumerate((db.dsn, db.dsn, way.url)):
                process = stack.enter_context(worker(environment(address, tmp_path / f"home{place}", source), tmp_path / f"w{place}.log"))
                took_s = await watch.until(watch.requests + 1)
                takeovers += [took_s] if place else []
                await watch.until(STEPS[place])
                _lose(place, process, way)
                lost.append(process)
            last = environment(db.dsn, tmp_path / "home3", source)
            stack.enter_context(worker(last, tmp_path / "w3.log"))
            takeovers.append(await watch.until(watch.requests + 1))
            lost[1].send_signal(signal.SIGCONT)
            way.mend()
            await watch.until(10**9)
            ended, digest = await watch.look(), await store_digest(db, [*TABLES, *NOTES])
            await asyncio.sleep(SETTLE_S)
            after = await store_digest(db, [*TABLES, *NOTES])
            held = [place for place in (1, 2) if "job_lost" not in (tmp_path / f"w{place}.log").read_text(errors="replace")]
    different = [name for name in TABLES if digest[name] != undisturbed[name]]
    measured(DIFFERENT, len(different), f"({ended['status']}, {watch.requests} requests) {' '.join(different)} {ended['error'] or ''}")
    measured(TAKEOVER, max(takeovers), f"({', '.join(f'{one:.0f}' for one in takeovers)} s, with the start of a process)")
    measured(BACKWARDS, watch.fell)
    measured(AFTERWARDS, sum(digest[name] != after[name] for name in digest))
    measured(LET_GO, len(held))


def _lose(place: int, process: Any, way: Cable) -> None:
    if place == 0:
        process.kill()
    elif place == 1:
        process.send_signal(signal.SIGSTOP)
    else:
        way.cut()
