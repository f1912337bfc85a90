"""What a chart draws beyond the result: single records, counts by size, or how many items were in each state.

It is read when the chart is drawn and kept nowhere, so that results stay small.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics.compile import parameters, rows_of, selection, used_parameters
from servers.metrics.coverage import read_coverage
from servers.metrics.facts import FACTS, ITEM
from servers.metrics.instants import may_stand
from servers.metrics.lookback import forgotten, looking_back, older
from servers.metrics.metric import Percentile, Snapshot
from servers.metrics.plan import Plan
from servers.metrics.trace import plan_of
from store.database import Database
from store.settings import Settings

MOST = 400
"""Records that one chart draws; of more, every second, third … is taken."""
OLDEST = 40
"""Open items that one chart of ages draws."""
EDGES: Mapping[str, tuple[float, ...]] = {
    "hours": (0, 1, 2, 4, 8, 16, 24, 48, 72, 168),
    "days": (0, 1, 2, 3, 5, 8, 13, 21, 34, 55),
    "lines": (0, 10, 50, 100, 200, 300, 400, 500, 1000),
    "pull requests": (1, 2, 3, 4, 5, 6, 8, 11, 16),
    "rounds": (1, 2, 3, 4, 5, 6),
}
"""Where the classes of a histogram begin; the last one has no end."""
_RECORDS = """
select record, title, at, value, state, url, total from (
  select {fact.key} as record, {fact.title} as title, f._at as at, f._v as value, {fact.state} as state, {fact.url} as url,
    row_number() over (order by f._at, f.id) as place, count(*) over () as total
  from {rows} f where f._v is not null) r
where (r.place - 1) % greatest(1, cast(ceil(r.total / cast(:most as float8)) as int)) = 0 order by r.at, r.record
"""
_OLDEST = """
select {fact.key} as record, {fact.title} as title, f._at as at, f._v as value, {fact.state} as state, {fact.url} as url, count(*) over () as total
from {rows} f where f._v is not null and f._bucket = -1 order by f._v desc, f.id limit :oldest
"""
_BINS = (
    "select width_bucket(f._v, cast(:bins as float8[])) as place, count(*) as n from {rows} f where f._v is not null group by 1 order by 1"
)
_STATES = """
select t.place, count(*) filter (where s.spell_category = 'todo') as todo, count(*) filter (where s.spell_category = 'in_progress') as in_progress,
  (select count(*) from {done} f where not f.cancelled and f.done_at > :w_from and f.done_at <= t.at) as done
from unnest(cast(:snap_at as timestamptz[]), cast(:snap_bucket as int[])) t(at, place)
left join {states} s on s.from_at <= t.at and (s.to_at is null or s.to_at > t.at)
where t.place >= 0 group by t.at, t.place order by t.place
"""


async def with_detail(db: Database, settings: Settings, document: Mapping[str, Any], reading: str | None) -> dict[str, Any]:
    """The result with what its chart needs besides, under the name of the reading; as it is when the chart needs nothing."""
    if reading is None:
        return dict(document)
    async with db.connect() as connection:
        plan = await plan_of(connection, settings, document)
        coverage, asked = await read_coverage(connection, settings), document.get("revision")
        said = forgotten(asked, coverage)
        warned = {"warnings": [*document.get("warnings", []), said]} if said else {}
        return {**document, **warned, reading: await READINGS[reading](connection, plan, older(asked, coverage))}


async def _rows(connection: AsyncConnection, plan: Plan, sql: str, revision: int | None, **more: Any) -> list[dict[str, Any]]:
    """What the statement finds in the facts as they were at the revision."""
    sql = looking_back(sql, revision)
    values = parameters(plan) | {"most": MOST, "oldest": OLDEST} | more
    return [dict(row) for row in (await connection.execute(text(sql), used_parameters(sql, values))).mappings()]


async def _records(connection: AsyncConnection, plan: Plan, revision: int | None) -> list[dict[str, Any]]:
    """Records with value, instant and state; of a state at an instant the oldest ones."""
    if not isinstance(plan.metric.measure, Percentile):
        return []
    fact, shape = plan.metric.fact, _OLDEST if plan.metric.snapshot else _RECORDS
    sql = shape.format(fact=fact, rows=rows_of(plan, (), current_only=True))
    return [row | {"at": row["at"].isoformat()} for row in await _rows(connection, plan, sql, revision)]


async def _bins(connection: AsyncConnection, plan: Plan, revision: int | None) -> list[dict[str, Any]]:
    """How many records fall into each class of sizes, empty classes too."""
    edges = EDGES.get(plan.metric.unit)
    if edges is None or not isinstance(plan.metric.measure, Percentile) or plan.metric.snapshot:
        return []
    rows = await _rows(connection, plan, _BINS.format(rows=rows_of(plan, (), current_only=True)), revision, bins=list(edges))
    counts = {max(row["place"], 1): row["n"] for row in rows}
    ends = [*edges[1:], None]
    return [{"from": start, "to": end, "n": counts.get(place, 0)} for place, (start, end) in enumerate(zip(edges, ends, strict=True), 1)]


async def _states(connection: AsyncConnection, plan: Plan, revision: int | None) -> list[dict[str, Any]]:
    """Items in todo, in progress, and done since the start of the window, at the end of each bucket."""
    standing = " and ".join(may_stand(Snapshot("f.from_at", "f.to_at")))
    every = replace(FACTS["issue_state"], where=f"{ITEM} and not f.cancelled and f.spell_category <> 'done' and {standing}")
    sql = _STATES.format(done=selection(FACTS["issue"], plan), states=selection(every, plan))
    rows = await _rows(connection, plan, sql, revision)
    return [{"bucket": str(plan.buckets[row.pop("place")].label), **row} for row in rows]


READINGS = {"records": _records, "bins": _bins, "states": _states}
"""What may be read, by the name under which it joins the result."""
