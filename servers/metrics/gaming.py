"""Is an improvement real? What makes a number look better without the work getting better, measured by leaving it out."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics.change import verdict
from servers.metrics.compile import parameters, rows_of, used_parameters
from servers.metrics.metric import Count
from servers.metrics.plan import Plan
from servers.metrics.result import Result
from servers.units import said
from store.config import folded
from store.settings import Settings

Measured = Callable[[Plan], Awaitable[Result]]
"""Answers a plan; given by the engine."""
FEWEST = 3
"""Fewer records than this explain nothing."""
SHOWN, NAMED = 20, 5
"""Records that the result lists, and that the sentence names."""
HALF = 0.5
"""Without them at most so much of the improvement is left."""
_SPLIT = (
    "in (select s.id from (select p.id, count(*) over (partition by p.repo_id, p.author_id order by p.merged_at"
    " range between interval '1 day' preceding and current row) as nth from fact_pull_request p"
    " where p.size_lines < 50 and p.author_type is distinct from 'bot' and p.merged_at < :known_end"
    " and p.merged_at >= least(cast(:w_from as timestamptz), cast(:c_from as timestamptz)) - interval '1 day') s where s.nth > 2)"
)
_BULK = (
    "f.id in (select s.id from (select i.id, count(*) over (partition by i.project, date_bin('10 minutes', i.ended_at, 'epoch'::timestamptz)) as many"
    " from (select i.id, i.project, coalesce(i.done_at, i.cancelled_at) as ended_at from fact_issue i where i.level = 'item') i"
    " where i.ended_at >= least(cast(:w_from as timestamptz), cast(:c_from as timestamptz)) and i.ended_at < :known_end) s where s.many >= 10)"
)


@dataclass(frozen=True)
class Alarm:
    """One way to a better number: which records it leaves behind, per fact, as an SQL condition on `f`. Metrics name it in `alarms`."""

    name: str
    what: str
    marked: Mapping[str, str]


ALARMS = (
    Alarm(
        "empty_deployments",
        "deployments that ship no change",
        {"deployment": "not exists (select from fact_change c where c.deployment_id = f.id)"},
    ),
    Alarm(
        "split_pull_requests",
        "small pull requests that follow two others of the same author and repository within a day",
        {"pull_request": f"f.id {_SPLIT}", "change": f"f.pr_id {_SPLIT}", "engineering": f"f.merged = 1 and f.id {_SPLIT}"},
    ),
    Alarm(
        "bulk_closing",
        "items closed ten or more at a time within ten minutes",
        {"issue": _BULK, "issue_event": f"f.event <> 'created' and {_BULK}"},
    ),
)
RELABELLED = "relabelled_incidents"
_RELABELLED = """
select distinct on (f.id) f.key as label, f.title, f.url, f.created_at >= :w_from as later from issue_field_change c join fact_issue f on f.id = c.issue_id
where lower(c.field) in ('issuetype', 'labels') and f.created_at >= least(cast(:w_from as timestamptz), cast(:c_from as timestamptz))
  and f.created_at < :known_end and (f.created_at < :c_to or f.created_at >= :w_from)
  and exists (select from regexp_split_to_table(lower(coalesce(c.old, '')), case lower(c.field) when 'labels' then '\\s+' else '$' end) w
    where translate(w, ' -_', '') = any(:words))
  and not exists (select from fact_incident n where n.issue_id = f.id)
  and (cast(:teams as text[]) is null or f.team = any(:teams))
order by f.id
"""


def improved(plan: Plan, found: Result) -> bool:
    """Whether the number looks better than before."""
    before = found.compare
    if before is None or before.delta is None:
        return False
    return before.verdict == "better" or (plan.metric.flattering_rise and before.verdict == "changed" and before.delta > 0)


async def alarmed(connection: AsyncConnection, settings: Settings, plan: Plan, found: Result, again: Measured) -> Result:
    """The result with what may have made it look better: `alarms` with their records, and a warning each."""
    if not improved(plan, found):
        return found
    raised = [await _left_out(connection, plan, found, alarm, again) for alarm in ALARMS if alarm.name in plan.metric.alarms]
    raised.append(await _relabelled(connection, settings, plan, found))
    alarms = [alarm for alarm in raised if alarm is not None]
    if alarms:
        found.alarms = alarms
        found.warnings += [f"{alarm['alarm']}: {alarm['said']}" for alarm in alarms]
    return found


async def _left_out(connection: AsyncConnection, plan: Plan, found: Result, alarm: Alarm, again: Measured) -> dict[str, Any] | None:
    """The metric once more without the marked records; an alarm when too little of the improvement is left."""
    condition = alarm.marked.get(plan.metric.fact.name)
    if condition is None or found.compare is None:
        return None
    bare = replace(plan.metric, asides={}, lists={}, warns={}, extras={}, configured=None, after=None)
    without = await again(
        replace(plan, metric=replace(bare, where=f"({plan.metric.where}) and not ({condition})"), dimensions=(), buckets=())
    )
    after, before = _marked(found, without), _marked(found.compare, without.compare)
    more = after / (found.n or 1) > before / (found.compare.n or 1)
    if after < FEWEST or not more or not _gone(found, without):
        return None
    rows = await _records(connection, replace(plan, metric=bare), condition)
    words = f"{after} of {found.n} are {alarm.what} (before: {before} of {found.compare.n}); {_then(found, without)}."
    return _document(alarm.name, words, rows, after, before, without.value)


def _marked(whole: Any, without: Any) -> int:
    """How many records were left out."""
    return int((whole.n or 0) - ((without.n if without is not None else 0) or 0))


def _gone(found: Result, without: Result) -> bool:
    """Whether without the marked records at most half of the improvement is left."""
    if without.compare is None or without.compare.delta is None or found.compare is None or found.compare.delta is None:
        return False
    return without.compare.delta / found.compare.delta <= HALF


def _then(found: Result, without: Result) -> str:
    """What the metric would be."""
    before = without.compare.verdict if without.compare else "not enough data"
    value = without.value if isinstance(without.value, float | int) else None
    kept = found.value if isinstance(found.value, float | int) else None
    return f"without them it would be {said(value, found.unit)} instead of {said(kept, found.unit)}, {before}"


async def _records(connection: AsyncConnection, plan: Plan, condition: str) -> list[dict[str, Any]]:
    fact = plan.metric.fact
    kept = f"select f.* from {rows_of(plan, (), current_only=True)} f where {condition}"
    sql = plan.seen(f"select {fact.key} as label, {fact.title} as title, {fact.url} as url from ({kept}) f order by f.id limit {SHOWN}")
    rows = await connection.execute(text(sql), used_parameters(sql, parameters(plan)))
    return [dict(row) for row in rows.mappings()]


def _document(name: str, words: str, rows: list[dict[str, Any]], after: int, before: int, without: Any) -> dict[str, Any]:
    """An alarm as the result shows it."""
    named = ", ".join(str(row["label"]) for row in rows[:NAMED])
    more = f" and {after - NAMED} more" if after > NAMED else ""
    sentence = f"{words} Records: {named}{more}." if named else words
    kept = [{part: value for part, value in row.items() if part in ("label", "title", "url")} for row in rows]
    return {"alarm": name, "said": sentence, "count": after, "before": before, "without": without, "records": kept}


async def _relabelled(connection: AsyncConnection, settings: Settings, plan: Plan, found: Result) -> dict[str, Any] | None:
    """Incidents that are none any more: with them the fall may be gone. Only team filters say which they would be."""
    if RELABELLED not in plan.metric.alarms or any(chosen.dimension != "team" for chosen in plan.filters):
        return None
    words = [folded(word) for words in (settings.pulse.incidents.jira_types, settings.pulse.incidents.jira_labels) for word in words]
    chosen = plan.filter_on("team")
    asked = parameters(plan) | {"words": words, "teams": list(chosen.keys) if chosen else None}
    sql = plan.seen(_RELABELLED)
    rows = (await connection.execute(text(sql), used_parameters(sql, asked))).mappings().all()
    later = [dict(row) for row in rows if row["later"]]
    then = _with_them(plan, found, len(later), len(rows) - len(later))
    if not later or then is None or found.compare is None:
        return None
    value, before = then
    kept = verdict(value, before, plan.metric.better)
    if kept == found.compare.verdict:
        return None
    now = found.value if isinstance(found.value, float | int) else None
    words_ = (
        f"{len(later)} of the window's incidents were made something else afterwards (before: {len(rows) - len(later)}); "
        f"with them it would be up to {said(value, found.unit)} instead of {said(now, found.unit)}, {kept}."
    )
    return _document(RELABELLED, words_, later, len(later), len(rows) - len(later), value)


def _with_them(plan: Plan, found: Result, later: int, earlier: int) -> tuple[float, float] | None:
    """The value of both windows with the relabelled incidents; of a rate, if each of them was the failure of one more deployment."""
    before = found.compare
    if before is None:
        return None
    if isinstance(plan.metric.measure, Count):
        return float((found.n or 0) + later), float((before.n or 0) + earlier)
    if not found.denominator or not before.denominator:
        return None
    rates = [
        min((part.numerator or 0) + more, part.denominator or 0) / (part.denominator or 1)
        for part, more in ((found, later), (before, earlier))
    ]
    return rates[0], rates[1]
