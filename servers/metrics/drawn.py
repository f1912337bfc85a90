"""What a chart draws beyond the result: single records, counts by size, or how many items were in each state.

It is read when the chart is drawn and kept nowhere, so that results stay small.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics.catalogue import CATALOGUE
from servers.metrics.compile import compile_plan, parameters, rows_of, selection, used_parameters
from servers.metrics.coverage import read_coverage
from servers.metrics.engine import measure_on
from servers.metrics.explain import is_median, sides, statement
from servers.metrics.facts import FACTS, ITEM
from servers.metrics.instants import may_stand
from servers.metrics.lookback import forgotten, looking_back, older
from servers.metrics.metric import Percentile, Snapshot, Spread
from servers.metrics.periods import comparison_window
from servers.metrics.plan import Plan
from servers.metrics.scorecard import history
from servers.metrics.shape import read_answer
from servers.metrics.trace import plan_of, question_of
from store.clock import local_date
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
_STATUSES = """
select f._bucket as place, s.status, s.kind, s.category, round(sum(extract(epoch from
  least(coalesce(s.to_at, f.done_at), f.done_at) - greatest(s.from_at, f.start_at)) / 3600)::numeric, 6)::float8 as hours
from {rows} f join fact_issue_state s on s.issue_id = f.id and s.from_at < f.done_at and coalesce(s.to_at, f.done_at) > f.start_at
where f._bucket >= 0 group by 1, 2, 3, 4 order by 1, 5 desc, 2
"""
_SILENT = """
select f.repo || {fact.key} as record, extract(epoch from f._at - coalesce(
  case when f.last_human_activity_at <= f._at then f.last_human_activity_at
    else (select max(a.at) from fact_activity a where a.pr_id = f.id and a.at <= f._at) end, f.created_at)) / 86400 as value,
  {fact.url} as url, count(*) over () as total
from {rows} f where f._bucket = -1 order by 2 desc, 1 limit :oldest
"""
LEAST_PEOPLE = 3
"""Of fewer people, what each of them carries is not drawn."""


@dataclass(frozen=True)
class Asked:
    """What a chart is drawn of: the result with its plan, on an open connection, over the data that it was read from."""

    connection: AsyncConnection
    settings: Settings
    document: Mapping[str, Any]
    plan: Plan
    revision: int | None

    async def rows(self, sql: str, plan: Plan | None = None, **more: Any) -> list[dict[str, Any]]:
        """What the statement finds in the facts as they were at the revision."""
        sql = looking_back(sql, self.revision)
        values = parameters(plan or self.plan) | {"most": MOST, "oldest": OLDEST} | more
        return [dict(row) for row in (await self.connection.execute(text(sql), used_parameters(sql, values))).mappings()]


async def with_detail(db: Database, settings: Settings, document: Mapping[str, Any], reading: str | None) -> dict[str, Any]:
    """The result with what its chart needs besides, under the name of the reading; as it is when the chart needs nothing."""
    if reading is None:
        return dict(document)
    async with db.connect() as connection:
        if "metrics" in document:
            return {**document, "trends": await trends_of(connection, settings, document["metrics"])}
        plan = await plan_of(connection, settings, document)
        coverage, revision = await read_coverage(connection, settings), document.get("revision")
        said = forgotten(revision, coverage)
        warned = {"warnings": [*document.get("warnings", []), said]} if said else {}
        asked = Asked(connection, settings, document, plan, older(revision, coverage))
        return {**document, **warned, reading: await READINGS[reading](asked)}


async def trends_of(connection: AsyncConnection, settings: Settings, documents: Sequence[Mapping[str, Any]]) -> list[list[dict[str, Any]]]:
    """For each line of a report the complete weeks or months that lead to it."""
    coverage = await read_coverage(connection, settings)
    return [
        [{"bucket": point["bucket"], "value": point["value"]} for point in await history(connection, settings, document, coverage)]
        for document in documents
    ]


async def _records(asked: Asked) -> list[dict[str, Any]]:
    """Records with value, instant and state; of a state at an instant the oldest ones."""
    plan = asked.plan
    if not isinstance(plan.metric.measure, Percentile):
        return []
    fact, shape = plan.metric.fact, _OLDEST if plan.metric.snapshot else _RECORDS
    rows = await asked.rows(shape.format(fact=fact, rows=rows_of(plan, (), current_only=True)))
    return [row | {"at": row["at"].isoformat()} for row in rows]


async def _bins(asked: Asked) -> list[dict[str, Any]]:
    """How many records fall into each class of sizes, empty classes too."""
    plan, edges = asked.plan, EDGES.get(asked.plan.metric.unit)
    if edges is None or not isinstance(plan.metric.measure, Percentile) or plan.metric.snapshot:
        return []
    rows = await asked.rows(_BINS.format(rows=rows_of(plan, (), current_only=True)), bins=list(edges))
    counts = {max(row["place"], 1): row["n"] for row in rows}
    ends = [*edges[1:], None]
    return [{"from": start, "to": end, "n": counts.get(place, 0)} for place, (start, end) in enumerate(zip(edges, ends, strict=True), 1)]


async def _states(asked: Asked) -> list[dict[str, Any]]:
    """Items in todo, in progress, and done since the start of the window, at the end of each bucket."""
    standing = " and ".join(may_stand(Snapshot("f.from_at", "f.to_at")))
    every = replace(FACTS["issue_state"], where=f"{ITEM} and not f.cancelled and f.spell_category <> 'done' and {standing}")
    sql = _STATES.format(done=selection(FACTS["issue"], asked.plan), states=selection(every, asked.plan))
    return [{"bucket": str(asked.plan.buckets[row.pop("place")].label), **row} for row in await asked.rows(sql)]


async def _statuses(asked: Asked) -> list[dict[str, Any]]:
    """Hours that the finished items of each bucket spent in each status on their way from start to done."""
    rows = await asked.rows(_STATUSES.format(rows=rows_of(asked.plan, (), current_only=True)))
    return [{"bucket": str(asked.plan.buckets[row.pop("place")].label), **row} for row in rows]


async def _silent(asked: Asked) -> list[dict[str, Any]]:
    """Open pull requests with the days since anybody touched them, the longest first."""
    fact = asked.plan.metric.fact
    return await asked.rows(_SILENT.format(fact=fact, rows=rows_of(asked.plan, (), current_only=True)))


async def _loads(asked: Asked) -> list[dict[str, Any]]:
    """What each person carries, the most first and without a word on who it is; nothing of a group that is too small to hide anybody."""
    plan = asked.plan
    if not isinstance(plan.metric.measure, Spread):
        return []
    whole = replace(plan, grain="total", buckets=(), dimensions=(), compare=None)
    made = compile_plan(whole)
    cell = read_answer(whole, await asked.rows(made.sql, whole), {}).cell(0)
    return [{"carried": load or 0.0} for load in cell.p] if len(cell.p) >= LEAST_PEOPLE else []


async def _phases(asked: Asked) -> list[dict[str, Any]]:
    """The stages of the median in the window and in the one before it, or the compared one; with groups, of each in the window."""
    named = CATALOGUE[asked.plan.metric.phase_of] if asked.plan.metric.phase_of else asked.plan.metric
    compare = asked.plan.compare or comparison_window(asked.plan.period, "previous")
    usual = {name: next(iter(values)) for name, values in named.variants.items()}  # its own rules may have no word on those of the other
    plan = replace(
        asked.plan, metric=named, grain="total", buckets=(), dimensions=(), compare=compare, params={**usual, **asked.plan.params}
    )
    if named.stages is None or not is_median(named) or compare is None:
        return []
    cut = asked.plan.dimensions[0] if asked.plan.dimensions else None
    found = sides(plan, await asked.rows(statement(plan, cut), plan))
    windows = (("before", 0, compare), ("now", 1, plan.window))
    return [
        {
            "group": name,
            "when": when,
            "from": str(local_date(window.start, plan.tz)),
            "to": str(local_date(window.end, plan.tz)),
            "value": side.value,
            "n": int(side.weight),
            "phases": dict(side.stages),
            "title": named.title,
        }
        for name, pair in found.items()
        for when, place, window in windows
        if (side := pair[place]) is not None and side.weight >= plan.min_n
    ]


async def _cuts(asked: Asked) -> list[dict[str, Any]]:
    """The groups of the cut by which the metric is drawn, each with its series."""
    question = replace(question_of(asked.document), group_by=(asked.plan.metric.drawn_by,), compare_window=None, variants=False)
    groups = (await measure_on(asked.connection, asked.settings, question)).document().get("groups") or []
    return [group for group in groups if group.get("series")]


async def _beside(asked: Asked) -> list[dict[str, Any]]:
    """The series of the metric with which this one is read."""
    question = replace(question_of(asked.document), metric=asked.plan.metric.drawn_beside, compare_window=None, params={}, variants=False)
    return (await measure_on(asked.connection, asked.settings, question)).document().get("series") or []


READINGS = {
    "records": _records,
    "bins": _bins,
    "states": _states,
    "statuses": _statuses,
    "silent": _silent,
    "loads": _loads,
    "phases": _phases,
    "cuts": _cuts,
    "beside": _beside,
}
"""What may be read, by the name under which it joins the result; `trends` join reports."""
