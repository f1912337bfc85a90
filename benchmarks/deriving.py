"""How long facts take (goal Q6): all of them, and those of twenty changes, over the demo company as a sync stores it."""

import statistics
import time
from collections.abc import AsyncIterator

from sqlalchemy import text

from benchmarks.counting import NOW, both, empty, read
from benchmarks.goal import Bench, Goal, Measured
from benchmarks.statements import noted
from benchmarks.upstream import served
from etl.demo.company.generate import build_company
from etl.derive.refresh import refresh
from store.settings import Settings

REBUILD = Goal("Q6", "rebuild of all facts (demo company)", 9, "s", peers="floor 5.5 at 1 M pull requests")
PULLS = Goal("Q6", "refresh after 20 changed pull requests", 50, "ms")
ISSUES = Goal("Q6", "refresh after 20 changed issues", 50, "ms")
NOTHING = Goal("Q6", "refresh where nothing changed", 50, "ms")
MERGED = Goal("Q6", "refresh after 20 merged pull requests that are to be shipped", 50, "ms")
OPEN_PULLS = (
    "update pull_request set title = title || '.' where id in (select id from pull_request where merged_at is null order by id limit 20)"
)
SOME_ISSUES = "update issue set title = title || '.' where id in (select id from issue order by id limit 20)"
MERGED_PULLS = """
update pull_request set merged_at = merged_at + interval '1 second'
where id in (select id from pull_request where merged_at is not null order by merged_at desc limit 20)
"""


async def run(bench: Bench) -> AsyncIterator[Measured]:
    """Everything first, then parts."""
    settings = bench.settings.model_copy(update={"pulse_now": NOW})
    await empty(bench.db)
    async with served(both(build_company(NOW)), settings) as leading:
        await read(bench, leading, "github")
        await read(bench, leading, "jira")
        await refresh(bench.db, leading)
        began = time.perf_counter()
        await refresh(bench.db, leading, full=True)
        yield Measured(REBUILD, time.perf_counter() - began)
        async for line in of_a_part(bench, leading):
            yield line


async def of_a_part(bench: Bench, settings: Settings) -> AsyncIterator[Measured]:
    """What a refresh takes after few changes or none."""
    for goal, change in ((NOTHING, "select 1"), (PULLS, OPEN_PULLS), (ISSUES, SOME_ISSUES), (MERGED, MERGED_PULLS)):
        times = []
        for _ in range(6):
            async with bench.db.begin() as connection:
                await connection.execute(text(change))
            async with noted(bench.db) as said:
                began = time.perf_counter()
                await refresh(bench.db, settings)
                times.append((time.perf_counter() - began) * 1000)
        yield Measured(goal, statistics.median(times[1:]), f"({len(said)} statements)")
