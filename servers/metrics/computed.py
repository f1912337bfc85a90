"""Metrics that no aggregate can say: the function that the declaration names decides, the envelope is the same."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics.compile import MAX_MEMBERS, UNMAPPED
from servers.metrics.coverage import Coverage
from servers.metrics.facts import LISTS
from servers.metrics.metric import Computed
from servers.metrics.plan import Filter, Plan, WrongQuestion
from servers.metrics.result import Group, Result
from servers.metrics.shape import status_of_coverage, window_document
from store.settings import Settings

Computation = Callable[[AsyncConnection, Settings, Plan, Coverage], Awaitable[dict[str, Any]]]
_FIGURE = ("status", "value", "n", "needs", "unit")
"""What of a result a group repeats."""


async def computed(connection: AsyncConnection, settings: Settings, plan: Plan, coverage: Coverage, said: Sequence[str] = ()) -> Result:
    """The envelope around what the metric's function finds; cut by one dimension, once per member. `said`: further warnings."""
    blocked = status_of_coverage(plan, coverage, {})
    if blocked:
        return envelope(plan, coverage, {"status": blocked[0], "message": blocked[1]})
    function = _function(plan.metric.measure)
    found = await function(connection, settings, plan, coverage)
    groups = await _groups(connection, settings, plan, coverage, function) if plan.dimensions else None
    return envelope(plan, coverage, found | {"warnings": list(dict.fromkeys([*found.get("warnings", []), *said]))}, groups)


def envelope(plan: Plan, coverage: Coverage, found: Mapping[str, Any], groups: list[Group] | None = None) -> Result:
    """`found` in the members that every result has; it may replace the window by the one it looked at."""
    metric = plan.metric
    kept = dict(found)
    said = [*kept.pop("warnings", []), *coverage.laggards(metric.needs)]
    if plan.compare is not None and metric.snapshot is not None:
        said.append(f"as_of_now: this describes the state as of {plan.as_of:%Y-%m-%d}; a comparison with another window does not apply.")
    said += [f"name_read_as: {note}." for chosen in plan.filters for note in chosen.notes]
    document: dict[str, Any] = {
        "metric": metric.id, "title": metric.title, "definition_version": metric.definition_version, "unit": metric.unit,
        "window": window_document(plan.window, plan.tz), "grain": "total", "group_by": list(plan.dimensions), "groups": groups,
        "filters": {chosen.dimension: list(chosen.shown) for chosen in plan.filters}, "as_of": plan.as_of,
        "revision": plan.revision,
        "coverage": coverage.by_source(metric.needs),
    }  # fmt: skip
    return Result.model_validate(document | kept | {"warnings": said})


def _function(measure: Any) -> Computation:
    if not isinstance(measure, Computed):
        raise TypeError(f"{measure} is compiled, not computed")
    found: Computation = named_function(measure.by)
    return found


def named_function(by: str) -> Any:
    """The function that a declaration names as `module:function`."""
    module, name = by.split(":")
    return getattr(import_module(module), name)


async def _groups(connection: AsyncConnection, settings: Settings, plan: Plan, coverage: Coverage, function: Computation) -> list[Group]:
    """The same for each member of one dimension, as if it had been filtered on."""
    if len(plan.dimensions) > 1:
        raise WrongQuestion(f"{plan.metric.id} is cut by one dimension at a time; filter on the other.")
    groups = []
    for member in await _members(connection, plan):
        name = plan.dimensions[0]
        own = replace(plan, filters=(*(kept for kept in plan.filters if kept.dimension != name), Filter(name, (member,), (member,))))
        found = await function(connection, settings, own, coverage)
        groups.append(Group(dimensions={name: member}, **{part: found[part] for part in _FIGURE if part in found}))
    return groups


async def _members(connection: AsyncConnection, plan: Plan) -> list[str]:
    """The members asked for, else the largest ones among the rows that count."""
    name, fact = plan.dimensions[0], plan.metric.fact
    asked = plan.filter_on(name)
    if asked is not None:
        return [member for member in asked.shown if member != UNMAPPED]
    column = fact.dimensions[name]
    source = f"{fact.relation} f, unnest({column}) m(member)" if name in LISTS else f"{fact.relation} f"
    member = "m.member" if name in LISTS else column
    sql = f"select {member} as member from {source} where {plan.metric.where} and {member} is not null group by 1 order by count(*) desc, 1 limit :most"
    return [row.member for row in await connection.execute(text(sql), {"most": MAX_MEMBERS})]
