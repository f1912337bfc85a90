"""How fast a run reads, how long what it reads takes, and what is left of the source's budget: for those who watch."""

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from etl.progress import Totals

WINDOW_S = 30.0
"""The rate is that of so many last seconds."""
SHORTEST_S = 1.0
"""Below this a rate says nothing."""


@dataclass
class Pace:
    """Looks of this process at the records that a run has read."""

    clock: Callable[[], float] = time.monotonic
    looks: deque[tuple[float, int]] = field(default_factory=deque)

    def told(self, totals: Iterable[Totals]) -> dict[str, Any]:
        """`rate` in records a second and `left_s` in seconds, each None while nobody can know; looks once more."""
        found = list(totals)
        rate, left = self._rate(sum(one.fetched for one in found)), records_left(found)
        left_s = round(left / rate) if rate and left is not None else None
        return {"rate": None if rate is None else round(rate, 1), "left_s": left_s}

    def _rate(self, fetched: int) -> float | None:
        self.looks.append((self.clock(), fetched))
        while len(self.looks) > 2 and self.looks[1][0] < self.looks[-1][0] - WINDOW_S:
            self.looks.popleft()
        (began, before), (now, read) = self.looks[0], self.looks[-1]
        return (read - before) / (now - began) if now - began >= SHORTEST_S else None


def records_left(totals: Iterable[Totals]) -> float | None:
    """Records still to come of what is being read; None where a source does not say how many there are.

    Repositories that have not told yet count like those that have.
    """
    left = 0.0
    for one in totals:
        if one.scopes_done >= one.scopes or one.error:
            continue
        if not one.told:
            return None
        left += max(0.0, one.expected * max(one.due, one.told) / one.told - one.fetched)
    return left
