"""How fast a sync is and how much memory it takes (goals E7, E8, E10): the stand-ins answer from memory, in a process of their own."""

import asyncio
import io
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial

from benchmarks.counting import NOW, empty, read
from benchmarks.goal import Bench, Goal, Measured
from benchmarks.upstream import multiple, thousand
from etl.catalogue import entities
from etl.demo.server import serve_demo
from etl.entity import SOURCES, Source
from store.settings import Settings
from store.tables import metadata
from store.tables.raw import raw_record

PULLS = Goal("E7", "pull requests stored in a second", 4_000, "/s", "higher", peers="240")
ISSUES = Goal("E7", "issues stored in a second", 3_000, "/s", "higher", peers="465")
ROWS = Goal("E7", "rows stored in a second, of pull requests", 24_000, "/s", "higher")
FLOOR = Goal("E7", "{what}, ratio to COPY of the same rows by itself", 0.15, "", "higher", "24,000 of 160,000 rows/s")
FAR = Goal("E8", "1,000 pull requests with 50 ms for each request", 1.0, "s", peers="71 to 111")
MEMORY = Goal("E10", "resident memory of a sync of {pulls:,} pull requests and {issues:,} issues", 300, "MB")
GROWTH = Goal("E10", "growth of it from the second third to the last", 30, "MB")
DELAY_S = 0.05


PULLS_READ = ("github.repositories", "github.pull_requests")
EVERYTHING: tuple[str, ...] = ()


@dataclass(frozen=True)
class Timed:
    """How long a sync took, and how much of that Pulse worked itself."""

    records: int
    took_s: float
    processor_s: float
    """Of this process; PostgreSQL and the stand-in have their own."""

    @property
    def a_second(self) -> float:
        """Records by the clock."""
        return self.records / self.took_s

    @property
    def note(self) -> str:
        """What the figure was made of."""
        return f"({self.records:,} in {self.took_s:.2f} s, {self.processor_s:.2f} s of them at work)"


async def timed(bench: Bench, settings: Settings, source: Source, entities: tuple[str, ...], counted: str) -> Timed:
    """Read entities (all when none is named) into empty tables, the best of three; `counted` is the one whose records are told.

    The stand-in remembers its answers from a run before.
    """
    found = []
    for _ in range(4):
        await empty(bench.db)
        began, worked = time.perf_counter(), time.process_time()
        result = await read(bench, settings, source, *entities)
        took_s, processor_s = time.perf_counter() - began, time.process_time() - worked
        found.append(Timed(sum(row.fetched for row in result.entities if row.entity == counted), took_s, processor_s))
    return min(found[1:], key=lambda one: one.took_s)


async def speeds(bench: Bench, settings: Settings) -> AsyncIterator[Measured]:
    """E7 and E8, with the demo company."""
    async with serve_demo(settings, partial(multiple, repositories=1, projects=1)) as leading:
        pulls = await timed(bench, leading, "github", PULLS_READ, "github.pull_requests")
        yield Measured(PULLS, pulls.a_second, pulls.note)
        rows, copy_s = await copied(bench)
        yield Measured(ROWS, rows / pulls.took_s, f"({rows:,} rows)")
        yield beside_copy("pull requests", pulls, rows, copy_s)
        issues = await timed(bench, leading, "jira", EVERYTHING, "jira.issues")
        yield Measured(ISSUES, issues.a_second, issues.note)
        yield beside_copy("issues", issues, *await copied(bench))
    async with serve_demo(settings, partial(thousand, delay_s=DELAY_S)) as leading:
        far = await timed(bench, leading, "github", PULLS_READ, "github.pull_requests")
        yield Measured(FAR, far.took_s, far.note)


def beside_copy(what: str, sync: Timed, rows: int, copy_s: float) -> Measured:
    """How a sync compares with COPY of the rows it stored into the same tables, indexes and triggers: a ratio that holds on any machine."""
    goal = replace(FLOOR, what=FLOOR.what.format(what=what))
    return Measured(
        goal, copy_s / sync.took_s, f"({rows / sync.took_s:,.0f} of {rows / copy_s:,.0f} rows/s, {rows / sync.records:.0f} a record)"
    )


async def copied(bench: Bench) -> tuple[int, float]:
    """Rows that stand in the tables of the sources, and the seconds in which COPY writes them again; the best of three."""
    written = {raw_record.name}.union(*(entity.tables for source in SOURCES for entity in entities(source)))
    names = [table.name for table in metadata.sorted_tables if table.name in written]
    async with bench.db.connect() as connection:
        raw = await bench.db.raw(connection)
        kept = {name: io.BytesIO() for name in names}
        for name, sink in kept.items():
            await raw.copy_from_table(name, output=sink, format="binary")
        rows = sum([await raw.fetchval(f'select count(*) from "{name}"') for name in names])
    took = []
    for _ in range(3):
        await empty(bench.db)
        began = time.perf_counter()
        async with bench.db.begin() as connection:
            raw = await bench.db.raw(connection)
            for name, source in kept.items():
                source.seek(0)
                await raw.copy_to_table(name, source=source, format="binary")
        took.append(time.perf_counter() - began)
    return rows, min(took)


async def resident(bench: Bench, settings: Settings) -> AsyncIterator[Measured]:
    """E10, in a process that does nothing but the sync."""
    repositories, projects = (5, 7) if bench.factor >= 1 else (1, 1)
    await empty(bench.db)
    async with serve_demo(settings, partial(multiple, repositories=repositories, projects=projects)) as leading:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.child", env=environment(bench, leading), stdout=asyncio.subprocess.PIPE
        )
        told, _ = await child.communicate()
    said = json.loads(told)
    pulls, issues = said["fetched"]["github.pull_requests"], said["fetched"]["jira.issues"]
    memory = said["resident_mb"]
    third = max(1, len(memory) // 3)
    note = f"(whole sync and facts: {said['took_s']:.0f} s, {said['status']})"
    yield Measured(replace(MEMORY, what=MEMORY.what.format(pulls=pulls, issues=issues)), max(memory), note)
    yield Measured(GROWTH, max(memory[-third:]) - max(memory[third : 2 * third] or memory))


def environment(bench: Bench, leading: Settings) -> dict[str, str]:
    """The settings as an operator would write them."""
    return {
        **os.environ,
        "PULSE_HOME": str(bench.settings.pulse_home),
        "PULSE_NOW": NOW.isoformat(),
        "DATABASE_URL": bench.db.dsn,
        "GITHUB_API_URL": leading.github_api_url,
        "GITHUB_TOKEN": "demo",
        "GITHUB_ORG": ",".join(leading.github_org),
        "JIRA_BASE_URL": str(leading.jira_base_url),
        "JIRA_EMAIL": "demo@acme-shop.example",
        "JIRA_API_TOKEN": "demo",
    }


async def run(bench: Bench) -> AsyncIterator[Measured]:
    """Speed first, memory last."""
    settings = bench.settings.model_copy(update={"pulse_now": NOW})
    for part in (speeds(bench, settings), resident(bench, settings)):
        async for line in part:
            yield line
