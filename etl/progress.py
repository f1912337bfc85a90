"""What a sync tells while it runs and what it returns at the end."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from etl.entity import Source

Status = Literal["ok", "partial", "failed", "cancelled"]
Phase = Literal["started", "page", "skipped", "done", "failed", "waiting", "deriving", "finished"]


@dataclass(frozen=True)
class ProgressEvent:
    """One step of a run. Counts are records of the entity so far, over all its scopes."""

    run: str
    phase: Phase
    source: Source | None = None
    entity: str | None = None
    scope: str | None = None
    fetched: int = 0
    inserted: int = 0
    updated: int = 0
    total: int | None = None
    """Records the current pass will have, where the source says so."""
    scopes_done: int = 0
    scopes: int = 0
    message: str | None = None
    wait_s: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """The event as a JSON object."""
        return asdict(self)


Listener = Callable[[ProgressEvent], Awaitable[None] | None]


async def notify(progress: Listener | None, event: ProgressEvent) -> None:
    """Tell a listener, whether it is a coroutine function or not."""
    if progress is not None and inspect.isawaitable(told := progress(event)):
        await told


@dataclass
class Totals:
    """What became of one entity in one run; counts are records."""

    source: Source
    entity: str
    fetched: int = 0
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    quarantined: int = 0
    requests: int = 0
    points: int = 0
    duration_s: float = 0.0
    cursor: str | None = None
    error: str | None = None
    remedy: str | None = None
    scopes: int = 0
    scopes_done: int = 0
    pages: int = 0
    due: int = 0
    """Scopes that are read: the others show no sign of change."""
    told: int = 0
    """Scopes of which the source has said how many records they have."""
    expected: int = 0
    """How many these are."""

    def as_dict(self) -> dict[str, Any]:
        """The members of the command line's JSON."""
        names = ("source", "entity", "fetched", "inserted", "updated", "deleted", "unchanged", "quarantined", "requests", "points")
        row: dict[str, Any] = {name: getattr(self, name) for name in names}
        return {**row, "duration_s": round(self.duration_s, 3), "cursor": self.cursor, "error": self.error}


@dataclass(frozen=True)
class SyncResult:
    """How a run ended."""

    run: str
    status: Status
    entities: list[Totals] = field(default_factory=list)
    error: str | None = None
    remedy: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The command line's JSON."""
        shown: dict[str, Any] = {"run": self.run, "status": self.status, "entities": [totals.as_dict() for totals in self.entities]}
        return shown if self.error is None else {**shown, "error": self.error, "remedy": self.remedy}


def status_of(totals: list[Totals]) -> Status:
    """Ok when nothing failed; partial when something did and the rest is stored; failed when nothing at all could be read."""
    if not any(row.error for row in totals):
        return "ok"
    return "partial" if any(row.scopes_done and row.requests for row in totals) else "failed"  # what needed no request says nothing
