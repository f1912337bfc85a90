"""What is usual before a window: a percentile over the days before it, per window and group, by which entities inside it are judged."""

import re

from servers.metrics.compile import STANDARD, Statement, expand, lumped_rows, parameters, ranked_members, rows_of, used_parameters
from servers.metrics.metric import Standard
from servers.metrics.plan import Plan

_BOUND = re.compile(r":(?P<window>[wc])_(?P<end>from|to)\b")
_IN = "(select s.standard from standards s where s.win = {win} and s.whole)"
_OF_ALL = f"(case f._win when 0 then {_IN.format(win=0)} else {_IN.format(win=1)} end)"
"""Written so that each is looked up once, not for each row."""


def complete(plan: Plan, statement: Statement) -> Statement:
    """The statement with the standards that it judges by."""
    sql = with_standards(plan, statement.sql)
    return Statement(sql, used_parameters(sql, parameters(plan)))


def with_standards(plan: Plan, sql: str) -> str:
    """SQL whose `{standard}` is that of all entities of the row's window; the standards themselves are read once."""
    standard = plan.metric.standard
    if standard is None:
        return sql
    levels = [_level(plan, standard, rows_of(plan, ()), whole=True)]
    if plan.dimensions:
        ranked = f"join ({ranked_members(plan)}) r"
        levels.append(_level(plan, standard, lumped_rows(plan).replace("join ranked r", ranked), whole=False))
    first = f"with standards as materialized ({' union all '.join(levels)})"
    rest = sql.replace(STANDARD, _OF_ALL)
    return f"{first}, {rest.removeprefix('with ')}" if rest.startswith("with ") else f"{first} {rest}"


def _level(plan: Plan, standard: Standard, rows: str, *, whole: bool) -> str:
    """One row per window, or per window and group; the bounds are those of the days before."""
    value = f"({expand(plan, standard.expression)})"
    usual = f"percentile_cont({standard.percentile}) within group (order by {value})"
    group = "null::text as d1, null::text as d2" if whole else "f._d1 as d1, f._d2 as d2"
    columns = (
        f"f._win as win, {str(whole).lower()} as whole, {group}, case when count({value}) >= {standard.least} then {usual} end as standard"
    )
    before = _BOUND.sub(r":b\g<window>_\g<end>", rows)
    return f"select {columns} from {before} f group by f._win" + ("" if whole else ", f._d1, f._d2")
