"""A9: PostgreSQL is ended at once (`pg_ctl -m immediate`) again and again in the middle of a sync, and is away for up to two seconds."""

import asyncio
import contextlib
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from bars import Bar
from stand_in import ALL_TABLES, Slow, both_at, both_sources, environment_of, served
from watching import ASKED, watched
from workers import environment

from etl.demo.company.model import Company
from etl.replay import store_digest
from store.database import open_database
from store.embedded import EmbeddedServer
from store.settings import Settings
from tests.chaos.conftest import NOW, Measure

pytestmark = pytest.mark.timeout(900)
RESTARTS = Bar("A9", "restarts in the middle of one sync", 6, "restarts", "higher")
UNFINISHED = Bar("A9", "runs that did not end well", 0, "runs")
DIFFERENT = Bar("A9", "tables, facts too, that differ from those of an undisturbed sync", 0, "tables")
LOST = Bar("A9", "looks that found fewer records than the store had told of before", 0, "looks")
BACK = Bar("A9", "longest time from the database's first answer to that of the API", 3, "s")
EXPLAINED = Bar("A9", "API answers meanwhile other than 200, or 503 within 3 s", 0, "answers")
ALIVE = Bar("A9", "processes that ended", 0, "processes")
WANTED, ALL_WANTED = 6, 20
END_LIMIT_S = 300.0
UP = ("up", "--port", "0", "--no-demo")


async def _kill(server: EmbeddedServer) -> None:
    """What `pg_ctl -m immediate stop` does."""
    postmaster = int((server.data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
    ended, loop, watch = asyncio.Event(), asyncio.get_running_loop(), os.pidfd_open(postmaster)
    loop.add_reader(watch, ended.set)
    try:
        os.kill(postmaster, signal.SIGQUIT)
        await ended.wait()
    finally:
        loop.remove_reader(watch)
        os.close(watch)


@pytest.mark.parametrize("owner", ["somebody else's", "Pulse's own"])
async def test_a_sync_outlasts_a_database_that_restarts(
    undisturbed: dict[str, str],
    small_company: Company,
    tmp_path: Path,
    homes: Callable[[], Path],
    measured: Measure,
    full: bool,
    owner: str,
) -> None:
    """On a server that somebody else restarts after a while, and on the embedded one, which Pulse restarts by itself."""
    dice, wanted, embedded = random.Random(9), ALL_WANTED if full else WANTED, owner == "Pulse's own"
    home = homes()
    server = EmbeddedServer(home)
    async with served(Slow(both_sources(small_company, largest_page=25), 1.0 if full else 0.3)) as url:
        source = environment_of(both_at(Settings(_env_file=None, pulse_now=NOW), url))
        with contextlib.nullcontext() if embedded else server.attached():
            if embedded:
                async with open_database(Settings(_env_file=None, pulse_home=home), role="owner"):
                    pass
            dsn = server.dsn()
            given = environment(None if embedded else dsn, home if embedded else tmp_path / "pulse", source)
            async with watched(UP, given, tmp_path / "up.log", dsn) as watching:
                restarts = 0
                while restarts < wanted and {state for state, _ in await watching.states()} != {"done"}:
                    await asyncio.sleep(dice.uniform(0.2, 1.5))
                    await _kill(server)
                    away = asyncio.create_task(asyncio.sleep(0 if embedded else dice.uniform(0, 2)))
                    while not away.done():
                        await watching.ask(ASKED[0])
                        await asyncio.sleep(0.1)
                    if not embedded:
                        await asyncio.to_thread(server.ensure_running)
                    await watching.until_back()
                    restarts += 1
                deadline = time.monotonic() + END_LIMIT_S
                settings = Settings(_env_file=None, pulse_home=tmp_path / "other", database_url=dsn)
                async with open_database(settings, role="owner") as db:
                    while (digest := await store_digest(db, ALL_TABLES)) != undisturbed and time.monotonic() < deadline:
                        await asyncio.sleep(0.5)
                states = [state for state, _ in await watching.states()]
                ended = watching.process.poll() is not None
    where = f"({owner} server)"
    measured(RESTARTS, restarts, where)
    measured(UNFINISHED, sum(state != "done" for state in states), f"{where} {' '.join(states)}")
    different = [name for name in ALL_TABLES if digest[name] != undisturbed[name]]
    measured(DIFFERENT, len(different), f"{where} {' '.join(different)}")
    measured(LOST, watching.lost, f"{where} {watching.looks} looks")
    measured(BACK, max(watching.back_s), f"{where} middle {sorted(watching.back_s)[len(watching.back_s) // 2]:.1f} s")
    measured(ALIVE, ended, where)
    measured(EXPLAINED, len(watching.odd), f"{where} {'; '.join(watching.odd[:5])}")
