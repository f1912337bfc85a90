"""The trust gate: whether enough of what a number rests on is known, and what to do when it is not."""

from collections.abc import Mapping
from typing import Any

from servers.metrics.compile import UNMAPPED, expand
from servers.metrics.facts import FACTS, LISTS
from servers.metrics.metric import Check
from servers.metrics.plan import Plan
from servers.metrics.result import Evidence

_PREFIX, _MEMBERS = "trust:", "trust_members:"
_ALIKE = frozenset({"service", "repo", "environment", "owner_team"})
"""Dimensions that mean the same for every fact."""
MAPPED = Check(
    code="people_mapped",
    rows="{rows}",
    at="f.merged_at",
    have="f.team is not null",
    words="pull requests belong to a team",
    remedy="add their authors to teams[].members of pulse.yaml, or accept the proposed mapping.",
    refuses=False,
)
"""A cut by team is worth as much as the share of authors who have one."""


def checks(plan: Plan) -> tuple[Check, ...]:
    """What the metric rests on, and for a cut by team whether people have one."""
    mapped = "team" in plan.dimensions and plan.metric.fact.relation in ("fact_pull_request", "fact_change")
    return (*plan.metric.trust, *([MAPPED] if mapped else []))


def trust_selects(plan: Plan) -> dict[str, str]:
    """A scalar select per check: how many of how many."""
    whole = {f"{_PREFIX}{check.code}": _select(plan, check) for check in checks(plan)}
    members = {f"{_MEMBERS}{check.code}": _by_member(plan, check) for check in plan.metric.trust}
    return whole | {name: sql for name, sql in members.items() if sql is not None}


def _by_member(plan: Plan, check: Check) -> str | None:
    """The same for each member of the one dimension that the answer is cut by; None where the rows of the check are not cut so."""
    fact = FACTS[check.rows.strip("{}").removeprefix("rows:")] if ":" in check.rows else None
    name = plan.dimensions[0] if len(plan.dimensions) == 1 else ""
    alike = name in _ALIKE or plan.metric.fact.name in ("deployment", "failure", "incident")  # elsewhere `team` is the author's
    if fact is None or name not in fact.dimensions or name in LISTS or not alike:
        return None
    column = fact.dimensions[name]
    asked = plan.filter_on(name)
    if asked is not None and asked.stands_for:
        column = f"(cast(:shown_{name} as text[]))[array_position(cast(:keys_{name} as text[]), {column})]"
    inside = f"{check.at} >= :w_from and {check.at} < :w_to"
    counted = f"jsonb_build_array(count(*) filter (where {check.have}), count(*))"
    grouped = f"select coalesce({column}, '{UNMAPPED}') as m, {counted} as c from {check.rows} f where {inside} and ({check.of}) group by 1"
    return expand(plan, f"(select coalesce(jsonb_object_agg(m, c), '{{}}') from ({grouped}) g)")


def _select(plan: Plan, check: Check) -> str:
    inside = f"{check.at} >= :w_from and {check.at} < :w_to"
    sql = f"(select jsonb_build_array(count(*) filter (where {check.have}), count(*)) from {check.rows} f where {inside} and ({check.of}))"
    return expand(plan, sql)


def trusted(plan: Plan, doc: Mapping[str, Any]) -> list[Evidence]:
    """Every check with its outcome; those that could not be asked under the filters are left out."""
    counted = [(check, doc.get(f"{_PREFIX}{check.code}")) for check in checks(plan)]
    return [_evidence(check, *found) for check, found in counted if found is not None]


def member_refusal(plan: Plan, doc: Mapping[str, Any], member: str) -> str | None:
    """Why one member of a cut is given no value: what would be said of it alone."""
    counted = [(check, (doc.get(f"{_MEMBERS}{check.code}") or {}).get(member)) for check in plan.metric.trust]
    return refusal(plan, [_evidence(check, *found) for check, found in counted if found is not None])


def _evidence(check: Check, have: int, of: int) -> Evidence:
    met = of < check.least or have >= check.bar * of
    return Evidence(code=check.code, have=have, of=of, bar=check.bar, met=met, words=check.words, remedy=None if met else check.remedy)


def refusal(plan: Plan, evidence: list[Evidence]) -> str | None:
    """Why no value is given, and the remedy."""
    refusing = {check.code for check in checks(plan) if check.refuses}
    return next((f"Not enough evidence: {said(item)}" for item in evidence if not item.met and item.code in refusing), None)


def thin(plan: Plan, evidence: list[Evidence]) -> list[str]:
    """Warnings of what is below its bar and does not refuse the value."""
    refusing = {check.code for check in checks(plan) if check.refuses}
    return [f"thin_evidence: {said(item)}" for item in evidence if not item.met and item.code not in refusing]


def said(item: Evidence) -> str:
    """One check in words: `only 2 of 7 incidents … (50 % are asked for); …`."""
    return f"only {item.have} of {item.of} {item.words} ({item.bar:.0%} are asked for); {item.remedy}".replace("%", " %")
