"""A12: SIGTERM at any moment of `pulse sync`, `pulse worker` and `pulse up`, on a given database and on the embedded one."""

import asyncio
import contextlib
import random
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from bars import Bar
from cables import cable
from stand_in import ALL_TABLES, Slow, both_at, both_sources, environment_of, served
from workers import environment, pulse

from etl.demo.company.model import Company
from etl.enqueue import request_sync
from etl.entity import SOURCES
from etl.replay import store_digest
from servers.records.runs import runs
from store.database import Database, open_database
from store.settings import Settings
from tests.chaos.conftest import NOW, Fresh, Measure

pytestmark = pytest.mark.timeout(1800)
EXIT = Bar("A12", "longest time from SIGTERM to the end of the process", 10, "s")
NOT_PAUSED = Bar("A12", "runs afterwards neither paused nor over with all facts made", 0, "runs")
DIFFERENT = Bar("A12", "tables, facts too, that differ from those of an undisturbed sync", 0, "tables")
HITS = Bar("A12", "signals that hit a run", 50, "% of those wanted", "higher")
MOST = 4
"""Times as many signals as are wanted, at most, until half of those wanted hit a run."""
SYNC, WORKER, UP = ("sync",), ("worker",), ("up", "--port", "0", "--no-demo")
DOORS = [(SYNC, False, 4, 20), (SYNC, True, 2, 10), (WORKER, False, 4, 30), (UP, True, 2, 6)]
"""Command, whether on the embedded database, signals in a short and in a full run."""
DELAY_S = 0.05
EARLIEST = 0.2
"""Share of an undisturbed run's time that passes at least before a signal."""
EXIT_LIMIT_S, FINISH_LIMIT_S = 60.0, 180.0


@dataclass
class Stopping:
    """A store, the command that fills it, and what signals did to it."""

    command: Sequence[str]
    settings: Settings
    environment: dict[str, str]
    undisturbed: dict[str, str]
    log: Path
    exits: list[float] = field(default_factory=list)
    paused: int = 0
    bad: list[str] = field(default_factory=list)
    different: set[str] = field(default_factory=set)

    async def prepare(self) -> set[str]:
        """Ask for what a worker shall do; the runs there are so far and that must not go on."""
        async with open_database(self.settings, role="owner") as db:
            wanted = [await request_sync(db, source, by="chaos") for source in SOURCES] if self.command == WORKER else []
            return {run["run"] for run in await _runs(db)} - {one.run for one in wanted}

    async def stop(self, after_s: float) -> bool:
        """Run the command and end it after so long; False when it was quicker."""
        with pulse(self.command, self.environment, self.log) as process:
            deadline = time.monotonic() + after_s
            while time.monotonic() < deadline and process.poll() is None:
                await asyncio.sleep(0.02)
            if process.poll() is not None:
                return False
            await self.end(process)
            return True

    async def end(self, process: "subprocess.Popen[bytes]") -> None:
        """SIGTERM, and how long it took."""
        process.send_signal(signal.SIGTERM)
        told_at = time.monotonic()
        while process.poll() is None and time.monotonic() < told_at + EXIT_LIMIT_S:
            await asyncio.sleep(0.01)
        self.exits.append(time.monotonic() - told_at)

    async def judge(self, before: set[str]) -> bool:
        """Look at the runs of the process that ended; whether there is nothing left to do."""
        async with open_database(self.settings, role="owner") as db:
            found = [run for run in await _runs(db) if run["run"] not in before]
            states = {run["state"] for run in found}
            self.paused += "paused" in states
            complete = states == {"done"} and await self.complete(db)
        if not (complete or states <= {"paused", "waiting"} or ("paused" in states and states <= {"paused", "waiting", "done"})):
            self.bad.append(" ".join(sorted(f"{run['source']}:{run['state']}" for run in found)))
        return complete

    async def complete(self, db: Database) -> bool:
        """Whether the store is that of an undisturbed sync."""
        return await store_digest(db, ALL_TABLES) == self.undisturbed

    async def finish(self) -> float:
        """Let the command do what is left, and compare; returns the seconds."""
        await self.prepare()
        began = time.monotonic()
        async with open_database(self.settings, role="owner") as db:
            with pulse(self.command, self.environment, self.log) as process:
                deadline = time.monotonic() + FINISH_LIMIT_S
                while process.poll() is None and time.monotonic() < deadline and not await self._over(db):
                    await asyncio.sleep(0.3)
            took_s = time.monotonic() - began
            digest = await store_digest(db, ALL_TABLES)
        self.different |= {name for name in ALL_TABLES if digest[name] != self.undisturbed[name]}
        return took_s

    async def _over(self, db: Database) -> bool:
        return self.command != SYNC and await self.complete(db)


async def _runs(db: Database) -> list[dict[str, Any]]:
    async with db.connect() as connection:
        return await runs(connection, limit=50)


@contextlib.asynccontextmanager
async def _a_store(fresh: Fresh, home: Path, *, embedded: bool) -> AsyncIterator[Settings]:
    """Settings that lead to an empty store: embedded, or on the server of the tests."""
    if embedded:
        yield Settings(_env_file=None, pulse_home=home)
        return
    async with fresh() as db:
        yield Settings(_env_file=None, pulse_home=home, database_url=db.dsn)


@pytest.mark.parametrize(("command", "embedded", "short", "long"), DOORS)
async def test_a_process_that_is_told_to_end_pauses_its_runs(
    fresh: Fresh,
    small_company: Company,
    undisturbed: dict[str, str],
    tmp_path: Path,
    homes: Callable[[], Path],
    measured: Measure,
    full: bool,
    command: tuple[str, ...],
    embedded: bool,
    short: int,
    long: int,
) -> None:
    """The next process goes on; a store of its own whenever one is complete."""
    dice, wanted = random.Random(12), long if full else short
    ended, took_s = list[Stopping](), None
    async with served(Slow(both_sources(small_company, largest_page=25), DELAY_S)) as url:
        source = environment_of(both_at(Settings(_env_file=None, pulse_now=NOW), url))
        while _more(ended, wanted):
            home = homes()
            async with _a_store(fresh, home, embedded=embedded) as settings:
                given = settings.database_url.get_secret_value() if settings.database_url else None
                what = Stopping(command, settings, environment(given, home, source), undisturbed, tmp_path / "pulse.log")
                while took_s is not None and _more([*ended, what], wanted):
                    before = await what.prepare()
                    if not await what.stop(dice.uniform(EARLIEST, 1) * took_s) or await what.judge(before):
                        break
                took_s = max(took_s or 0, await what.finish())
            ended.append(what)
    _tell(measured, ended, wanted, f"pulse {command[0]}{', embedded database' if embedded else ''}")


def _more(ended: Sequence[Stopping], wanted: int) -> bool:
    """Whether another signal is needed: chance, and how busy the machine is, decide which of them hit a run."""
    sent, hit = sum(len(one.exits) for one in ended), sum(one.paused for one in ended)
    return sent < wanted or (2 * hit < wanted and sent < MOST * wanted)


async def test_a_process_that_lost_the_network_ends_in_time_too(
    fresh: Fresh, small_company: Company, tmp_path: Path, homes: Callable[[], Path], measured: Measure
) -> None:
    """Its run is taken over by whoever is next, as after a kill."""
    took, home = list[float](), homes()
    async with served(Slow(both_sources(small_company, largest_page=25), 4 * DELAY_S)) as url, fresh() as db, cable(db.dsn) as way:
        source = environment_of(both_at(Settings(_env_file=None, pulse_now=NOW), url))
        for command in (SYNC, WORKER):
            what = Stopping(command, Settings(_env_file=None, pulse_home=home, database_url=db.dsn), {}, {}, tmp_path / "pulse.log")
            way.mend()
            before = await what.prepare()
            with pulse(command, environment(way.url, home, source), what.log) as process:
                while "running" not in {run["state"] for run in await _runs(db) if run["run"] not in before and run["progress"]}:
                    await asyncio.sleep(0.1)
                await way.cut()
                await asyncio.sleep(0.5)
                await what.end(process)
            took += what.exits
    measured(EXIT, max(took), f"(network cut: {len(took)} signals)")


def _tell(measured: Measure, ended: Sequence[Stopping], wanted: int, where: str) -> None:
    exits = sorted(took for one in ended for took in one.exits)
    measured(EXIT, exits[-1], f"({where}: {len(exits)} signals, middle {exits[len(exits) // 2]:.1f} s)")
    bad = [said for one in ended for said in one.bad]
    measured(NOT_PAUSED, len(bad), f"({where}) {'; '.join(bad)}")
    different = set[str]().union(*(one.different for one in ended))
    measured(DIFFERENT, len(different), f"({where}) {' '.join(sorted(different))}")
    measured(HITS, 100 * sum(one.paused for one in ended) / wanted, f"({where})")
