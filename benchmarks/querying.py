"""How fast questions are answered in a large organisation (a tenth of the goals' size without `--scale`), beside DuckDB on the same rows."""

from collections.abc import AsyncIterator
from functools import partial
from statistics import median
from time import perf_counter

from fastmcp import Client

from benchmarks.counting import empty
from benchmarks.deriving import of_a_part
from benchmarks.goal import Bench, Goal, Measured
from benchmarks.large.comparing import COMPARED, NOW, Compared, answers, differing, figures, over, second_opinion
from benchmarks.large.fill import Size, configuration, fill, filled
from benchmarks.large.opinion import Opinion
from benchmarks.product import product
from benchmarks.scanning import scanned
from benchmarks.states import timed, warm_ms
from etl.derive.refresh import refresh
from servers.app import build_all
from servers.context import Pulse, opened
from store.settings import Settings

REBUILD = Goal("Q6", "rebuild of all facts", 9, "s", peers="floor 5.5")
EQUAL = Goal("Q1-5", "answers that differ from those of DuckDB", 0, "")
DORA = Goal("Q1", "the DORA five, 90 days, all teams: ratio to DuckDB", 0.8, "", peers="DevLake 3.9")
YEARS = Goal("Q2", "the same over 3 years by week or month and team, remembered: ratio", 0.1, "")
TEAM_ROWS = Goal("Q3", "rows scanned: deployment frequency of one team, 26 weeks", 60, "rows")
ALL_ROWS = Goal("Q3", "rows scanned: the DORA five, 90 days, all teams", 100_000, "rows", peers="DevLake 1.5 M")
TYPICAL = Goal("Q4", "all questions of the product, 95th percentile", 250, "ms")
SLOWEST = Goal("Q4", "the slowest of them", 1_000, "ms", peers="DevLake 61,000")
CYCLE = Goal("Q5", "issue cycle time, 90 days", 10, "ms", peers="DuckDB 51")
CYCLE_YEARS = Goal("Q5", "issue cycle time, 3 years by week", 250, "ms", peers="DuckDB 207")
NAMED = 5
"""The slowest questions that are named."""


async def prepare(bench: Bench, settings: Settings) -> AsyncIterator[Measured]:
    """Fill the store and derive all facts; what is kept from an earlier run only has its facts brought up to date."""
    size = Size().scaled(bench.factor)
    if await filled(bench.db, size):
        await refresh(bench.db, settings)
    else:
        await empty(bench.db)
        await fill(bench.db, size, NOW)
        began = perf_counter()
        await refresh(bench.db, settings)
        yield Measured(REBUILD, perf_counter() - began, f"({size.pull_requests:,} pull requests)")


def duckdb_ms(opinion: Opinion, compared: Compared) -> float:
    """Median milliseconds of DuckDB."""
    times = []
    for _ in range(6):
        began = perf_counter()
        second_opinion(opinion, compared)
        times.append((perf_counter() - began) * 1000)
    return median(times[1:])


async def beside(bench: Bench, settings: Settings) -> AsyncIterator[Measured]:
    """Q1, Q2 and Q5 with DuckDB's answers to the same, which must be equal."""
    opinion = Opinion()
    await opinion.copy(bench.db)
    wrong = 0
    for name, compared in COMPARED.items():
        ours = figures(await answers(bench.db, settings, compared.questions))
        wrong += len(differing(ours, second_opinion(opinion, compared)))
        times = await timed(bench, partial(answers, bench.db, settings, compared.questions))
        theirs = duckdb_ms(opinion, compared)
        note = f"({times}; DuckDB {theirs:,.1f} ms)"
        yield {
            "dora": Measured(DORA, times.warm / theirs, note),
            "series": Measured(YEARS, times.cached / theirs, note),
            "cycle": Measured(CYCLE, times.warm, note),
            "cycle years": Measured(CYCLE_YEARS, times.warm, note),
        }[name]
    yield Measured(EQUAL, wrong)


async def rows_read(bench: Bench, settings: Settings) -> AsyncIterator[Measured]:
    """Q3, with each of the five beside their sum."""
    half = ("2026-05-18", "2026-11-16")
    one = over(half, ("deployment_frequency",), filters={"team": "team-0"})
    yield Measured(TEAM_ROWS, (await scanned(bench.db, partial(answers, bench.db, settings, one))).total())
    each = {q.metric: (await scanned(bench.db, partial(answers, bench.db, settings, [q]))).total() for q in COMPARED["dora"].questions}
    yield Measured(ALL_ROWS, sum(each.values()), f"({', '.join(f'{name} {rows:,}' for name, rows in each.items())})")


async def every_question(bench: Bench, settings: Settings) -> AsyncIterator[Measured]:
    """Q4, each question warm and through its tool."""
    times = {}
    async with Client(build_all(opened(Pulse(settings, bench.db)))) as client:
        for name, tool, arguments in product():
            times[name] = await warm_ms(partial(client.call_tool, tool, arguments), rounds=2)
    ordered = sorted(times, key=lambda name: -times[name])
    slowest = ", ".join(f"{name} {times[name]:,.0f}" for name in ordered[:NAMED])
    yield Measured(TYPICAL, times[ordered[len(ordered) // 20]], f"({len(ordered)} questions)")
    yield Measured(SLOWEST, times[ordered[0]], f"({slowest})")


async def run(bench: Bench) -> AsyncIterator[Measured]:
    """All of it, on one large organisation."""
    settings = bench.settings.with_config(configuration()).model_copy(update={"pulse_now": NOW})
    for part in (prepare, beside, rows_read, every_question, of_a_part):
        async for line in part(bench, settings):
            yield line
