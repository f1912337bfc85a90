"""The other defensible rules of a definition: what the value would be under each, computed in the same statement."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from servers.metrics.compile import expand, measured, rows_of
from servers.metrics.metric import Percentile
from servers.metrics.plan import Plan
from servers.metrics.result import Value, Variant, Variants
from servers.metrics.shape import Cell, figure

BOTS = "bots"
"""The rule that says whether bots are in: it is a parameter of the rows, not of the measure."""


def others(plan: Plan) -> Iterator[tuple[str, str]]:
    """Every rule that has words and is not the one in use, with its value."""
    for rule, values in plan.metric.variants.items():
        for value in values:
            if value != plan.params[rule] and name_of(rule, value) in plan.metric.variant_words:
                yield rule, value


def name_of(rule: str, value: str) -> str:
    """A rule as it is written in a result and as a filter."""
    return f"{rule}={value}"


def with_rule(plan: Plan, rule: str, value: str) -> Plan:
    """The plan under another rule."""
    return replace(plan, params={**plan.params, rule: value}, include_bots=value == "in" if rule == BOTS else plan.include_bots)


def variant_selects(plan: Plan) -> dict[str, str]:
    """A scalar select per rule; the total of the window only."""
    if not plan.variants or plan.metric.snapshot:
        return {}
    return {f"variant:{name_of(rule, value)}": _select(plan, with_rule(plan, rule, value)) for rule, value in others(plan)}


def _select(plan: Plan, other: Plan) -> str:
    """The measure under the other rule; where the rule leaves the same rows, it is over those that are read for the value."""
    measure, rows = other.metric.measure, rows_of(other, (), current_only=True)
    columns = ", ".join(f"{sql} as {name}" for name, sql in ({"n": "count(*)"} | measured(other)).items())
    same = plan.include_bots == other.include_bots and expand(plan, plan.metric.where) == expand(other, other.metric.where)
    if same and isinstance(measure, Percentile):
        rows = f"(select ({expand(other, measure.expression)})::float8 as _v from {rows_of(plan, (), current_only=True)} f offset 0)"
    if not same:
        rows = f"(select f.* from {rows} f offset 0)".replace(":include_bots", str(other.include_bots).lower())
    return f"(select to_jsonb(a) from (select {columns} from {rows} f) a)"


def variants_of(plan: Plan, doc: Mapping[str, Any], value: Value) -> Variants | None:
    """What the statement said of the other rules, the range and the rule that moves the value most; None where none was asked for."""
    found = [_variant(plan, rule, choice, doc) for rule, choice in others(plan) if f"variant:{name_of(rule, choice)}" in doc]
    if not found or not isinstance(value, float | int):
        return None
    known = [(abs(rule.value - value), rule.rule, rule.value) for rule in found if rule.value is not None]
    farthest = max(known, default=(0.0, None, value), key=lambda item: item[0])
    values = [value, *(other for _, _, other in known)]
    return Variants(range=[min(values), max(values)], moves_most=farthest[1] if farthest[0] else None, rules=found)


def _variant(plan: Plan, rule: str, choice: str, doc: Mapping[str, Any]) -> Variant:
    name = name_of(rule, choice)
    raw = doc[f"variant:{name}"]
    cell = Cell(raw["n"], raw.get("num"), raw.get("den"), raw.get("p") or (), raw.get("mean"), raw.get("top"))
    under = figure(with_rule(plan, rule, choice), cell, known=True, window=plan.window)
    kept = {member: under.get(member) for member in ("value", "n", "numerator", "denominator")}
    return Variant(rule=name, words=plan.metric.variant_words[name], status=under.get("status", "ok"), **kept)
