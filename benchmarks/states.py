"""How long a call takes in three states: cold (nothing in any cache), warm (data in memory, answer not remembered), cached (answer remembered)."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.goal import Bench
from servers.metrics.remembering import CACHES
from store.embedded import EmbeddedServer

COLD_ROUNDS, WARM_ROUNDS, CACHED_ROUNDS = 2, 5, 7
Call = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Times:
    """Medians in milliseconds."""

    cold: float
    warm: float
    cached: float

    def __str__(self) -> str:
        return f"cold {self.cold:,.0f}, warm {self.warm:,.1f}, cached {self.cached:,.1f} ms"


async def timed(bench: Bench, call: Call) -> Times:
    """The call in each state."""
    cold = [await _cold(bench, call) for _ in range(COLD_ROUNDS)]
    return Times(median(cold), await warm_ms(call), median([await _once(call) for _ in range(CACHED_ROUNDS)]))


async def warm_ms(call: Call, rounds: int = WARM_ROUNDS) -> float:
    """With data in memory and no answer remembered; the first call does not count."""
    times = []
    for _ in range(rounds + 1):
        CACHES.clear()
        times.append(await _once(call))
    return median(times[1:])


async def _cold(bench: Bench, call: Call) -> float:
    """As the first question after a start: a server just started, files not in memory, a new connection, no answer remembered."""
    await bench.db.engine.dispose()
    server = EmbeddedServer(bench.settings.pulse_home)
    server.stop()
    for path in (server.data / "base").rglob("*"):
        if path.is_file():
            _forget(path)
    server.ensure_running()
    CACHES.clear()
    return await _once(call)


def _forget(path: Path) -> None:
    """Ask the system to drop a file from its cache, which it may refuse."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


async def _once(call: Call) -> float:
    began = perf_counter()
    await call()
    return (perf_counter() - began) * 1000
