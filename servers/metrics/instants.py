"""States at instants, in SQL: which rows stand at all of them, read once, and which of them at each."""

from collections.abc import Sequence
from typing import Any

from servers.metrics.metric import Snapshot
from servers.metrics.plan import Plan


def instant_params(plan: Plan) -> dict[str, Any]:
    """The instants of a snapshot: now (bucket -1), the end of each bucket that has begun, and the end of the compared window."""
    instants = [(plan.known_end, 0, -1)]
    instants += [(min(bucket.end, plan.as_of), 0, place) for place, bucket in enumerate(plan.buckets) if bucket.start <= plan.as_of]
    if plan.compare is not None:
        instants.append((plan.compare.end, 1, -1))
    lists = {f"snap_{name}": [instant[index] for instant in instants] for index, name in enumerate(("at", "win", "bucket"))}
    order = sorted(lists["snap_at"])
    return {**lists, "snap_order": order, "snap_first": order[0], "snap_last": order[-1]}


def standing(plan: Plan, snapshot: Snapshot, conditions: Sequence[str], *, current_only: bool) -> tuple[str, list[str]]:
    """The rows that may stand at one of the instants, read once whatever the number of instants; and the conditions that are left."""
    if current_only:
        within = [
            f"{snapshot.since} <= cast(:known_end as timestamptz)",
            f"{_ending(snapshot.until)} > cast(:known_end as timestamptz)",
        ]
    else:
        within = may_stand(snapshot, several=bool(plan.buckets) or plan.compare is not None)
    apart = [condition for condition in conditions if "t.at" in condition]
    kept = " and ".join(f"({condition})" for condition in [*within, *(condition for condition in conditions if condition not in apart)])
    return f"(select f.* from {plan.metric.fact.relation} f where {kept} offset 0)", apart or ["true"]


def may_stand(snapshot: Snapshot, *, several: bool = True) -> list[str]:
    """Conditions that rows meet which stand at one of the instants. Most rows begin and end between two of `several` instants."""
    since, until, order = snapshot.since, _ending(snapshot.until), "cast(:snap_order as timestamptz[])"
    ends = [f"{since} <= cast(:snap_last as timestamptz)", f"{until} > cast(:snap_first as timestamptz)"]
    straddles = f"width_bucket({since} - interval '1 microsecond', {order}) < width_bucket({until}, {order})"
    return [*ends, straddles] if several else ends


def _ending(until: str) -> str:
    return f"coalesce({until}, 'infinity'::timestamptz)"


def at_instants(snapshot: Snapshot, *, current_only: bool) -> str:
    """A join that gives each row once per instant at which it stands."""
    return (
        " join unnest(cast(:snap_at as timestamptz[]), cast(:snap_win as int[]), cast(:snap_bucket as int[])) as t(at, win, bucket)"
        f" on {snapshot.since} <= t.at and ({snapshot.until} is null or {snapshot.until} > t.at)"
        + (" and t.win = 0 and t.bucket = -1" if current_only else "")
    )
