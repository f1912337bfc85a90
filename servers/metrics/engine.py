"""One question to one metric: compiled to one SQL statement, run, and shaped into the envelope."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics.catalogue import metric_named
from servers.metrics.cohorts import with_cohorts
from servers.metrics.compile import Statement, compile_plan
from servers.metrics.computed import computed, named_function
from servers.metrics.coverage import Coverage, read_coverage
from servers.metrics.gaming import alarmed
from servers.metrics.known_now import known_now, question_now
from servers.metrics.lookback import older, revision_of
from servers.metrics.metric import Otherwise
from servers.metrics.once import read_once
from servers.metrics.plan import Plan, WrongQuestion, dimension_of
from servers.metrics.planning import plan_on
from servers.metrics.question import Question
from servers.metrics.remembering import rows_of
from servers.metrics.result import KnownNow, Result
from servers.metrics.shape import Answer, read_answer, result
from servers.metrics.standards import complete
from servers.metrics.trust import trust_selects
from servers.metrics.variants import variant_selects, variants_of
from store.database import Database
from store.settings import Settings

Beside = Callable[[AsyncConnection, Settings, Plan], Awaitable[dict[str, Any]]]


async def measure(db: Database, settings: Settings, question: Question) -> Result:
    """The answer to one question.

    Raises:
        PulseError: the metric, a dimension, a grain, a period or a name in a filter is unknown; the message lists what is known.
    """
    async with db.connect() as connection:
        return await measure_on(connection, settings, question)


async def measure_on(connection: AsyncConnection, settings: Settings, question: Question, coverage: Coverage | None = None) -> Result:
    """The same on an open connection, so that several questions see one state; `coverage` where it is known already."""
    metric = metric_named(question.metric)
    known = coverage or await read_coverage(connection, settings)
    plan = await plan_on(connection, settings, question, known)
    revision, said = await revision_of(connection, question, known)
    plan = replace(plan, revision=revision, looked_up=older(revision, known))
    if not metric.aggregated:
        return await computed(connection, settings, plan, known, [said] if said else [])

    async def again(other: Plan, further: Mapping[str, str] = MappingProxyType({})) -> Result:
        return finish(other, known, answer_of(other, await rows_of(connection, settings, _compiled(other, further), known.version)))

    further = variant_selects(plan) | trust_selects(plan)
    found = await again(plan, further)
    if metric.otherwise and (found.model_extra or {}).pop("otherwise", False):
        return await _otherwise(connection, settings, question, known, metric.otherwise)
    found.revision, found.warnings = revision, [*found.warnings, *([said] if said else [])]
    if metric.beside and found.status == "ok" and not plan.dimensions:
        beside: Beside = named_function(metric.beside)
        found = found.model_copy(update=await beside(connection, settings, plan))
    if question.explain:
        found.sql = _compiled(plan, further).sql
        found.plan = await _explain(connection, _compiled(plan, further))
    if question.both_clocks and question.as_of is not None and found.status == "ok":
        found.known_now = await _now(connection, settings, question, (plan, found))
    found = await with_cohorts(connection, plan, found)
    return await alarmed(connection, settings, plan, found, again)


def _compiled(plan: Plan, further: Mapping[str, str]) -> Statement:
    """The statement of a plan, over the facts as they were known."""
    made = compile_plan(plan, further)
    made = complete(plan, replace(made, sql=read_once(plan, made.sql)))
    return replace(made, sql=plan.seen(made.sql))


async def _now(connection: AsyncConnection, settings: Settings, question: Question, then: tuple[Plan, Result]) -> KnownNow:
    """The same number as it is known now, and what changed."""
    later = question_now(question, then[0])
    plan = await plan_on(connection, settings, later)
    return await known_now(connection, then, (plan, await measure_on(connection, settings, later)))


async def _otherwise(connection: AsyncConnection, settings: Settings, question: Question, coverage: Coverage, instead: Otherwise) -> Result:
    """The answer of the metric that stands in, under the name of the one that was asked for, which says so."""
    asked, other = metric_named(question.metric), metric_named(instead.metric)
    if not {dimension_of(word) for word in (*question.group_by, *question.filters)} <= {*other.dimensions}:
        raise WrongQuestion(f"{instead.warning} {other.id} has no such cut; it has {', '.join(other.dimensions)}.")
    found = await measure_on(connection, settings, replace(question, metric=instead.metric), coverage)
    named = {"metric": asked.id, "title": asked.title, "definition_version": asked.definition_version}
    told = {"basis": instead.basis, "counted_by": other.id, "warnings": [*found.warnings, f"basis_{instead.basis}: {instead.warning}"]}
    return Result.model_validate(found.model_dump(by_alias=True) | named | told)


def finish(plan: Plan, coverage: Coverage, answer: Answer) -> Result:
    """The envelope, with what only this metric adds to it."""
    after: Callable[[Plan, Result], None] | None = plan.metric.after
    found = result(plan, coverage, answer)
    found.variants = variants_of(plan, answer.doc, found.value) if found.status == "ok" else None
    if after is not None and found.status not in ("no_coverage", "not_configured"):
        after(plan, found)
    return found


def answer_of(plan: Plan, rows: Sequence[Mapping[str, Any]]) -> Answer:
    """The cells and asides that the rows of a statement hold."""
    doc = next((row["doc"] for row in rows if row["doc"] is not None), None)
    return read_answer(plan, rows, json.loads(doc) if isinstance(doc, str) else doc or {})


async def _explain(connection: AsyncConnection, statement: Statement) -> list[str]:
    rows = await connection.execute(text(f"explain {statement.sql}"), statement.params)
    return [row[0] for row in rows]
