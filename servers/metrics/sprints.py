"""Sprints in questions: as buckets of a series, and as words of a filter (`last`, `-2`, `last_6`)."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics.buckets import Bucket, buckets
from servers.metrics.compile import UNMAPPED, parameters, selection, used_parameters
from servers.metrics.facts import FACTS, folded_sql
from servers.metrics.names import UnknownName
from servers.metrics.plan import Filter, Plan
from store.clock import Window, local_date, local_midnight

_WORD = re.compile(r"(?P<last>last)|(?P<current>current|active)|-(?P<back>\d{1,3})|last_(?P<many>\d{1,3})(?:_sprints)?", re.IGNORECASE)
KNOWN = 12
"""How many sprints a message offers."""


async def with_sprints(connection: AsyncConnection, plan: Plan, *, timed: bool = True) -> Plan:
    """The plan with words for sprints resolved, and with sprints as its buckets where it is cut by sprint.

    A question that names sprints but no period (not `timed`) is about those sprints, whenever they were.
    """
    chosen = plan.filter_on("sprint")
    if chosen is not None and UNMAPPED not in chosen.shown:
        plan = await _named(connection, plan, chosen, timed=timed)
    return replace(plan, buckets=await sprint_buckets(connection, plan)) if plan.grain == "sprint" else plan


async def sprint_buckets(connection: AsyncConnection, plan: Plan) -> tuple[Bucket, ...]:
    """The closed sprints of the selection that ended in the window, in the order of their ends; equal names are told apart by board."""
    rows = selection(FACTS["sprint"], plan)
    sql = (
        f"select f.id, f.name, f.board, f.started_at, f.completed_at from {rows} f "
        "where f.completed_at >= :w_from and f.completed_at < :w_to and f.started_at is not null order by f.completed_at, f.name, f.id"
    )
    found = (await connection.execute(text(sql), used_parameters(sql, parameters(plan)))).all()
    names = Counter(row.name for row in found)
    return tuple(
        Bucket(row.name if names[row.name] == 1 else f"{row.name} ({row.board})", row.started_at, row.completed_at, cut=False, key=row.id)
        for row in found
    )


async def _named(connection: AsyncConnection, plan: Plan, chosen: Filter, *, timed: bool) -> Plan:
    """The plan about the sprints that its filter names or counts.

    Raises:
        UnknownName: there is no such sprint in the selection.
    """
    others = replace(plan, filters=tuple(found for found in plan.filters if found is not chosen))
    found: list[Any] = []
    for word in chosen.shown:
        matching = await _matching(connection, others, word)
        if not matching and not _WORD.fullmatch(word):
            raise UnknownName("sprint", word, await _recent(connection, others))
        found += matching
    names = tuple(dict.fromkeys(row.name for row in found))
    narrowed = replace(plan, filters=(*others.filters, replace(chosen, shown=names, keys=names)))
    return narrowed if timed or not found else _around(narrowed, found)


def _around(plan: Plan, found: Sequence[Any]) -> Plan:
    """The plan over the local days of the sprints."""
    first = min(row.started_at or row.completed_at or plan.as_of for row in found)
    window = days_around(first, max(row.completed_at or plan.as_of for row in found), plan.tz)
    cut = tuple(buckets(window, plan.grain, plan.tz, plan.period.fiscal_year_start_month))
    return replace(plan, period=replace(plan.period, window=window), buckets=cut)


def days_around(first: datetime, last: datetime, tz: str) -> Window:
    """The local days from that of `first` to that of `last`, both whole."""
    return Window(local_midnight(local_date(first, tz), tz), local_midnight(local_date(last, tz) + timedelta(days=1), tz), tz)


async def _matching(connection: AsyncConnection, plan: Plan, word: str) -> Sequence[Any]:
    """The sprints that a word means: counted back from the newest of each team, or called so; `Sprint 40` is also `PAY Sprint 40`."""
    match = _WORD.fullmatch(word)
    state = "f.state = 'active'" if match and match["current"] else "f.state = 'closed'"
    called = folded_sql("cast(:called as text)")
    condition = state if match else f"right({folded_sql('f.name')}, length({called})) = {called}"
    newest = (
        "row_number() over (partition by coalesce(f.team, f.board) order by f.completed_at desc nulls last, f.started_at desc, f.id desc)"
    )
    sql = (
        f"select * from (select f.*, {newest} as place from {selection(FACTS['sprint'], plan)} f "
        f"where {condition} and coalesce(f.completed_at, f.started_at, :as_of) <= :as_of) s where :anywhere or place between :nearest and :furthest"
    )
    nearest = int(match["back"] or 1) if match else 1
    furthest = int(match["many"] or nearest) if match else 1
    values = {**parameters(plan), "called": word, "anywhere": match is None, "nearest": nearest, "furthest": furthest}
    return (await connection.execute(text(sql), used_parameters(sql, values))).all()


async def _recent(connection: AsyncConnection, plan: Plan) -> list[str]:
    rows = selection(FACTS["sprint"], plan)
    sql = f"select f.name from {rows} f where f.started_at <= :as_of order by f.started_at desc, f.name limit {KNOWN}"
    return [row.name for row in await connection.execute(text(sql), used_parameters(sql, parameters(plan)))]
