"""The rows of a question are read once: the value, its parts, its records and what it would be under other rules all come from one reading."""

import re

from servers.metrics.compile import rows_of, several_groups
from servers.metrics.facts import Fact
from servers.metrics.plan import Plan

_NAMED = re.compile(r"\b[fw]\.(\w+)\b")


def read_once(plan: Plan, sql: str) -> str:
    """The statement, with what it reads of the metric's fact in front of it: rows of both windows, and only the columns that it names."""
    if not plan.metric.fact.columns:
        return sql
    whole, window, grouped = rows_of(plan, ()), rows_of(plan, (), current_only=True), rows_of(plan, plan.dimensions)
    bodies = {"seen": whole}
    if plan.dimensions and several_groups(plan):
        bodies["seen_by_group"] = grouped
        sql = sql.replace(grouped, "seen_by_group")
    elif plan.dimensions:
        bodies["seen"] = grouped
        sql = sql.replace(grouped, "seen")
    sql = sql.replace(whole, "seen").replace(window, _current(plan))
    readings = ", ".join(f"{name} as {_narrowed(plan.metric.fact, body, sql)}" for name, body in bodies.items())
    return _made_once(plan.metric.fact, f"with {readings}, {sql.removeprefix('with ')}")


def _made_once(fact: Fact, sql: str) -> str:
    """The statement with what takes some effort in front of it: how the fact's select begins, and its rows where several places read them."""
    if not fact.stem:
        return sql
    front = [fact.stem]
    if sql.count(fact.relation) > 1:
        named = set(_NAMED.findall(sql))
        columns = ", ".join(f"f.{name}" for name in fact.columns if name in named)
        front.append(f"made as (select {columns} from {_bare(fact, fact.relation)} f)")
        sql = sql.replace(fact.relation, "made")
    return f"with {', '.join(front)}, {_bare(fact, sql).removeprefix('with ')}"


def _bare(fact: Fact, sql: str) -> str:
    """Without the beginning that stands in front already."""
    return sql.replace(f"with {fact.stem}, ", "with ").replace(f"with {fact.stem} ", "")


def _current(plan: Plan) -> str:
    """The rows of the window that was asked for; of a state, as it was at the end of it."""
    if plan.metric.snapshot:
        return "(select f.* from seen f where f._win = 0 and f._bucket = -1)"
    return "seen" if plan.compare is None else "(select f.* from seen f where f._win = 0)"


def _narrowed(fact: Fact, body: str, sql: str) -> str:
    """The reading with the columns that the rest of the statement names; what is read twice is kept, so it had better be narrow."""
    named = set(_NAMED.findall(sql))
    return body.replace("f.*, ", "".join(f"f.{name}, " for name in fact.columns if name in named), 1)
