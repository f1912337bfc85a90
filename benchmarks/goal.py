"""A goal, what was measured, and how both are printed."""

import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from store.database import Database
from store.settings import Settings


@dataclass(frozen=True)
class Goal:
    """What is to be reached; `better` says on which side of `bound` the value must lie."""

    id: str
    what: str
    bound: float
    unit: str
    better: Literal["lower", "higher"] = "lower"
    peers: str = ""


@dataclass(frozen=True)
class Measured:
    """One figure beside its goal."""

    goal: Goal
    value: float
    note: str = ""

    @property
    def reached(self) -> bool:
        """Whether the goal is kept."""
        return self.value <= self.goal.bound if self.goal.better == "lower" else self.value >= self.goal.bound

    def __str__(self) -> str:
        sign = "≤" if self.goal.better == "lower" else "≥"
        mark = "ok  " if self.reached else "MISS"
        bound = f"{sign} {self.goal.bound:,g} {self.goal.unit}"
        return f"{mark} {self.goal.id:<3} {self.goal.what:<64} {self.value:>10,.4g}   {bound:<18} {self.goal.peers} {self.note}".rstrip()


@dataclass(frozen=True)
class Bench:
    """An open installation to measure on."""

    settings: Settings
    db: Database
    factor: float
    """Rows relative to the full size of the goals."""


Run = Callable[[Bench], AsyncIterator[Measured]]


async def median_ms(call: Callable[[], Awaitable[object]], *, rounds: int = 7) -> float:
    """Median milliseconds of a call, after one that warms up."""
    await call()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        await call()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)
