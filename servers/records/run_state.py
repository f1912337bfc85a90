"""The state of a run in words that a person understands: what it does, and what to do when it cannot."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from etl.runs import ENDED, TAKEOVER_S

LONG_S = 90
"""From here on a span is told in minutes."""
State = Literal["waiting", "paused", "running", "stopping", "silent", "done", "incomplete", "stopped", "needs_attention", "failed"]


class Said(NamedTuple):
    """A state and one sentence about it."""

    state: State
    says: str


def run_state(row: Mapping[str, Any], now: datetime) -> Said:
    """What a stored run is doing, from its columns and the present instant."""
    status = row["status"]
    if status == "queued":
        return _queued(row)
    if status == "running":
        return _running(row, now)
    if status == "cancelled" and row["error"] == ENDED:
        return Said("paused", "paused when its process ended; the next sync goes on where it stopped")
    if status == "cancelled":
        return Said("stopped", f"stopped; what was read stays. {row['error'] or ''}".strip())
    return _ended(row)


def _queued(row: Mapping[str, Any]) -> Said:
    if row["started_at"] is None:
        return Said("waiting", "waits for its turn at a worker")
    return Said("paused", "paused when its process ended; the next worker goes on where it stopped")


def _running(row: Mapping[str, Any], now: datetime) -> Said:
    silent_s = (now - (row["heartbeat_at"] or row["started_at"] or now)).total_seconds()
    if silent_s > TAKEOVER_S:
        return Said("silent", f"its process has been silent for {silent_s:.0f} s; another worker takes it over")
    if row["cancel_requested"]:
        return Said("stopping", "stops at the next page")
    progress = row["progress"] or {}
    return Said("paused" if progress.get("paused") else "running", progress.get("message") or _pace(progress))


def _pace(progress: Mapping[str, Any]) -> str:
    """How fast it reads, how long that takes, and what is left of the source's budget, as far as these are known."""
    rate, left_s, budget = (progress.get(name) for name in ("rate", "left_s", "budget"))
    parts = [f"reading {rate:,.0f} records a second" if rate else "reading"]
    if left_s:
        parts.append(f"about {_span(left_s)} left")
    if budget:
        parts.append(f"{budget['left']:,} of {budget['of']:,} left of the source's budget")
    return ", ".join(parts)


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < LONG_S else f"{seconds / 60:.0f} min"


def _ended(row: Mapping[str, Any]) -> Said:
    trouble = " ".join(part for part in (row["error"], row["remedy"]) if part)
    if row["failure"] == "attention":
        return Said("needs_attention", f"needs attention: {trouble}")
    if row["status"] == "failed":
        return Said("failed", f"failed: {trouble}")
    aside = (row["progress"] or {}).get("quarantined") or 0
    kept = f" {aside:,} records were set aside; `pulse sync quarantine` lists them." if aside else ""
    if row["status"] == "partial":
        return Said("incomplete", f"partly done: {trouble}{kept}")
    return Said("done", f"done{'.' if kept else ''}{kept}")
