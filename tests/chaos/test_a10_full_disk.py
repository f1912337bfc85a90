"""A10: the disk of the embedded database fills up in the middle of a sync, PostgreSQL gives up, and later there is room again."""

import asyncio
import contextlib
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
from bars import Bar
from stand_in import ALL_TABLES, Slow, both_at, both_sources, environment_of, served
from watching import FAILURES, Watching, watched
from workers import environment

from etl.demo.company.model import Company
from etl.replay import store_digest
from store import dsn as dsns
from store.database import open_database
from store.embedded import EmbeddedServer
from store.settings import Settings
from tests.chaos.conftest import NOW, Measure

pytestmark = pytest.mark.timeout(900)
SAID = Bar("A10", "looks at the runs that told of the full disk while it could be stored", 1, "looks", "higher")
REASONS = Bar("A10", "questions meanwhile whose answer did not say why there is none", 0, "questions")
RESTART = Bar("A10", "from new room on the disk to a database that answers", 15, "s")
UNFINISHED = Bar("A10", "runs that did not go on to a good end by themselves", 0, "runs")
DIFFERENT = Bar("A10", "tables, facts too, that differ from those of an undisturbed sync", 0, "tables")
LOST = Bar("A10", "looks that found fewer records than there had been", 0, "looks")
ALIVE = Bar("A10", "processes of Pulse that ended", 0, "processes")
SMALL, LARGE = "300m", "900m"
READ_BEFORE, MOST_MESSAGES = 60, 400
DOWN_S, END_LIMIT_S = 8.0, 300.0
UP = ("up", "--port", "0", "--no-demo")
QUESTION = "How many pull requests were merged last month?"


@pytest.fixture
def disk(homes: Callable[[], Path]) -> Iterator[Path]:
    """A small disk of its own."""
    folder = homes()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SMALL},mode=0755", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        pytest.skip(f"no small disk can be made here ({made.stderr.strip()}); run this as root on Linux")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def _fill(disk: Path) -> None:
    """Take all the room there is."""
    with (disk / "ballast").open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(2**20))
    with (disk / "ballast").open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(512))


async def _exhaust(dsn: str) -> bool:
    """Write log records until the database needs room for more and gives up; whether it did."""
    with contextlib.suppress(*FAILURES):
        connection = await asyncpg.connect(dsns.for_asyncpg(dsn), timeout=5)
        for _ in range(MOST_MESSAGES):
            await connection.execute("select pg_logical_emit_message(false, 'chaos', repeat('x', 1000000))")
        return False
    return True


async def _full(watching: Watching, disk: Path) -> tuple[int, bool]:
    """Fill the disk; how often the runs told of it, and whether the database gave up."""
    _fill(disk)
    told = 0
    for _ in range(20):
        with contextlib.suppress(*FAILURES):
            await watching.look()
        told += any(state == "paused" and "full" in says for state, says in await watching.states())
        await watching.ask("/api/v1/ask", QUESTION)
        await asyncio.sleep(0.3)
    gave_up = await _exhaust(watching.dsn)
    return told, gave_up


async def _gone(watching: Watching) -> tuple[int, int]:
    """Ask while the database is gone: how many questions, and how many answers that did not say why there is none."""
    watching.reasons.clear()
    until, asked = time.monotonic() + DOWN_S, 0
    while time.monotonic() < until:
        await watching.ask("/api/v1/ask", QUESTION)
        asked += 1
        await asyncio.sleep(0.2)
    return asked, len(watching.odd) + sum("full" not in reason for reason in watching.reasons) + (not watching.reasons)


def _enlarge(disk: Path) -> None:
    subprocess.run(["mount", "-o", f"remount,size={LARGE}", disk], check=True)


async def test_a_full_disk_pauses_the_sync_until_there_is_room(
    undisturbed: dict[str, str], small_company: Company, disk: Path, tmp_path: Path, measured: Measure
) -> None:
    """First nothing more can be stored, then the database is gone; whoever asks is told why, and nobody has to start anything again."""
    settings = Settings(_env_file=None, pulse_home=disk)
    async with open_database(settings, role="owner"):
        dsn = EmbeddedServer(disk).dsn()
    async with served(Slow(both_sources(small_company, largest_page=25), 0.3)) as url:
        source = environment_of(both_at(Settings(_env_file=None, pulse_now=NOW), url))
        async with watched(UP, environment(None, disk, source), tmp_path / "up.log", dsn) as watching:
            while watching.stored < READ_BEFORE:
                await watching.look()
                await asyncio.sleep(0.1)
            told, gave_up = await _full(watching, disk)
            assert gave_up
            asked, unexplained = await _gone(watching)
            await asyncio.to_thread(_enlarge, disk)
            back_s, deadline = await watching.until_back(), time.monotonic() + END_LIMIT_S
            async with open_database(settings, role="owner") as db:
                while (digest := await store_digest(db, ALL_TABLES)) != undisturbed and time.monotonic() < deadline:
                    await asyncio.sleep(0.5)
            states = [state for state, _ in await watching.states()]
            ended = watching.process.poll() is not None
    different = [name for name in ALL_TABLES if digest[name] != undisturbed[name]]
    measured(SAID, told)
    measured(REASONS, unexplained, f"({asked} questions) {'; '.join([*watching.odd, *watching.reasons])}")
    measured(RESTART, back_s, f"(API {watching.back_s[-1]:.1f} s later)")
    measured(UNFINISHED, sum(state != "done" for state in states), " ".join(states))
    measured(DIFFERENT, len(different), " ".join(different))
    measured(LOST, watching.lost, f"({watching.looks} looks)")
    measured(ALIVE, ended)
