"""Two clocks: beside a value as known on a past day the value as known now, and the records that changed in between."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.listing import quoted
from servers.metrics.compile import parameters, rows_of, used_parameters
from servers.metrics.plan import Plan
from servers.metrics.question import Question
from servers.metrics.result import KnownNow, Result
from servers.metrics.trace import contribution
from store.clock import Window

MOST = 20
"""Records that are shown; all are counted."""


def question_now(question: Question, plan: Plan) -> Question:
    """The same question over the part of the window that had passed, as known now."""
    window = Window(plan.window.start, plan.known_end, plan.tz)
    return replace(
        question, period=None, window=window, grain="total", group_by=(), compare=None, compare_window=None, as_of=None, revision=None,
        variants=False, explain=False, both_clocks=False,
    )  # fmt: skip


async def known_now(connection: AsyncConnection, then: tuple[Plan, Result], now: tuple[Plan, Result]) -> KnownNow:
    """The figure of now with its difference to then."""
    figure = now[1].model_dump(include={"status", "value", "n", "numerator", "denominator"}, exclude_none=True)
    before, after = then[1].value, now[1].value
    delta = after - before if isinstance(before, float | int) and isinstance(after, float | int) else None
    records = await changed_records(connection, then[0], now[0])
    return KnownNow(delta=delta, changed=len(records), records=records[:MOST], **figure)


async def changed_records(connection: AsyncConnection, then: Plan, now: Plan) -> list[list[Any]]:
    """Records whose contribution differs, each with what it was and is; null where it did not count."""
    was = await _contributions(connection, then, then.seen(_sql(then, then.looked_up)))
    became = await _contributions(connection, now, _sql(now, then.looked_up))
    differing = [key for key in {**was, **became} if _value(was.get(key)) != _value(became.get(key))]
    rows = [(key, became.get(key) or was[key]) for key in differing]
    return [[row["record"], quoted(row["title"]), _value(was.get(key)), _value(became.get(key)), row["url"]] for key, row in rows]


def _sql(plan: Plan, revision: int | None) -> str:
    """The records that count, and what each contributes; after a revision only those that were changed since."""
    fact = plan.metric.fact
    value, counted = contribution(plan)
    touched = "" if revision is None else f" and {fact.id} in (select r.entity from public.fact_revision r where r.id > {int(revision)})"
    columns = f"{fact.id} as id, {fact.key} as record, {fact.title} as title, {value} as value, {fact.url} as url"
    return f"select {columns} from {rows_of(plan, (), current_only=True)} f where {counted}{touched} order by f._at desc, f.id"


async def _contributions(connection: AsyncConnection, plan: Plan, sql: str) -> dict[str, Mapping[Any, Any]]:
    found = await connection.execute(text(sql), used_parameters(sql, parameters(plan)))
    return {row["id"]: row for row in found.mappings()}


def _value(row: Mapping[Any, Any] | None) -> Any:
    """What a record contributes: a number, yes or no, or that it counts at all."""
    if row is None:
        return None
    value = row["value"]
    return round(value, 4) if isinstance(value, float) else True if value is None else value
