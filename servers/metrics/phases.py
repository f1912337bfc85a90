"""The phases of one pull request: they add up to its cycle time and, with the wait for production, to its lead time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any


def hours(start: datetime | None, end: datetime | None) -> float | None:
    """Elapsed hours; None when one of the instants is unknown."""
    return (end - start).total_seconds() / 3600 if start is not None and end is not None else None


def phases(row: Mapping[str, Any], at: datetime) -> dict[str, float | None]:
    """Hours of each phase of a row of fact_pull_request.

    coding + pickup + review = cycle, cycle + deploy = lead; `unreviewed_open` is how long an open one has waited for its first review at `at`.
    """
    start, ready, reviewed, merged, deployed = (
        row[name] for name in ("first_commit_at", "ready_at", "first_review_at", "merged_at", "deployed_at")
    )
    offered = min(ready, merged) if ready and merged else ready or merged
    waiting = merged is None and row["closed_at"] is None and ready is not None and reviewed is None
    return {
        "coding": hours(start, offered),
        "pickup": hours(ready, reviewed) if merged else None,
        "review": hours(reviewed, merged),
        "approval_to_merge": hours(row["last_approval_at"], merged),
        "deploy": hours(merged, deployed),
        "cycle": hours(start, merged),
        "lead": hours(start, deployed),
        "unreviewed_open": hours(ready, at) if waiting else None,
    }
