"""Plans made by a model: the same plan as by rules, checked against what exists; every failure ends in the rules."""

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ValidationError, model_validator

from agents.keyless.answers import clarify, unsupported
from agents.keyless.defaults import Calendar, bound, shown
from agents.keyless.guards import refusal
from agents.keyless.text import fold, squeeze
from agents.models import METHODS, Breaker, ModelChoice, ModelFailed, failures, finished, prompt, ready_model
from agents.names import Names
from agents.plan import Filter, Grain, Intent, Plan, PlanCompare, Stat
from agents.planner import Planned, keyless
from servers.metrics.catalogue import CATALOGUE
from servers.metrics.periods import Period, comparison_window

BY_RULES = frozenset({Intent.LIST, Intent.EXPLAIN, Intent.FORECAST, Intent.RISK, Intent.STATUS, Intent.META})
"""Shapes whose tool arguments the rules know better; a model only decides that they are wanted."""
TOOLS = {
    Intent.DEFINITION: "metrics.describe_metric",
    Intent.DASHBOARD: "metrics.dora_report",
    Intent.BRIEFING: "metrics.executive_report",
    Intent.ANOMALY: "metrics.find_anomalies",
    Intent.WHY: "metrics.explain_change",
}
CHARTED = frozenset({Intent.TREND, Intent.BREAKDOWN, Intent.RANK, Intent.ANOMALY, Intent.DASHBOARD})


class FilterDraft(BaseModel):
    """One filter as a model writes it."""

    dimension: str
    values: list[str]


class PlanDraft(BaseModel):
    """A plan as a model writes it, before it is checked. Every member is required in the schema; what a lenient server leaves out is empty."""

    intent: Intent
    metrics: list[str]
    stat: Stat | None
    period: str | None
    compare: str | None
    grain: Grain | None
    filters: list[FilterDraft]
    group_by: list[str]
    top: int | None
    chart: bool
    message: str
    choices: list[str]

    @model_validator(mode="before")
    @classmethod
    def complete(cls, given: Any) -> Any:
        """What is left out counts as empty."""
        empty = {"metrics": [], "filters": [], "group_by": [], "choices": [], "chart": False, "message": "", "top": None, "stat": None}
        return {**empty, "period": None, "compare": None, "grain": None, **given} if isinstance(given, dict) else given


@dataclass
class ModelPlanner:
    """Asks a model for the plan; guards come first, and whatever goes wrong the rules plan instead."""

    choice: ModelChoice
    breaker: Breaker = field(default_factory=Breaker)

    async def __call__(self, question: str, names: Names, calendar: Calendar, previous: dict[str, Any] | None) -> Planned:
        """The plan, in mode llm, or in mode keyless with a warning that says why."""
        by_rules = await keyless(question, names, calendar, previous)
        if refusal(fold(question).casefold(), names.places()):
            return by_rules
        if self.breaker.is_open:
            return Planned(
                by_rules.plan, "keyless", ["The language model failed several times in a row and rests; this answer is made by rules."]
            )
        model = await ready_model(self.choice)
        try:
            async with asyncio.timeout(self.choice.timeout_s):
                draft = await self._draft(model, messages(question, names, calendar, previous))
            plan = checked(draft, by_rules.plan, names, calendar)
        except failures(self.choice) as error:
            self.breaker.failed()
            return Planned(
                by_rules.plan, "keyless", [f"The language model could not be used ({reason(error)}); this answer is made by rules."]
            )
        self.breaker.succeeded()
        return Planned(plan, "llm")

    async def _draft(self, model: Any, asked: list[tuple[str, str]]) -> PlanDraft:
        """The first usable draft of the ways in which this provider can be asked."""
        last = ModelFailed("no reply")
        for method in METHODS[self.choice.provider]:
            try:
                return usable(await model.with_structured_output(PlanDraft, method=method, include_raw=True).ainvoke(asked))
            except ModelFailed as error:
                last = error
            except failures(self.choice) as error:
                if isinstance(error, TimeoutError) or not refused(error):
                    raise
                last = ModelFailed(reason(error))
        raise last


def refused(error: Exception) -> bool:
    """Whether a server does not know this way of asking (4xx but 401, 403 and 429, or 500 as some local servers answer)."""
    return getattr(error, "status_code", None) in (400, 404, 422, 500, 501) or not hasattr(error, "status_code")


def reason(error: BaseException) -> str:
    """A short reason without anything the server wrote."""
    status = getattr(error, "status_code", None)
    if isinstance(error, TimeoutError):
        return "no reply in time"
    return f"HTTP status {status}" if status else str(error) if isinstance(error, ModelFailed) else "no usable reply"


def usable(reply: dict[str, Any]) -> PlanDraft:
    """The parsed draft of a reply that is complete."""
    if not finished(reply.get("raw")):
        raise ModelFailed("the reply was cut off")
    parsed = reply.get("parsed")
    try:
        return parsed if isinstance(parsed, PlanDraft) else PlanDraft.model_validate(parsed)
    except ValidationError:
        raise ModelFailed("the reply was no plan") from None


def messages(question: str, names: Names, calendar: Calendar, previous: dict[str, Any] | None) -> list[tuple[str, str]]:
    """What the model sees: rules, metrics, names, the last plan, the question between random marks. No row of data."""
    mark = secrets.token_hex(8)
    metrics = "\n".join(f"{metric.id}: {metric.title}. {metric.question}" for metric in CATALOGUE.values())
    known = {kind: names.known(kind)[:60] for kind in ("team", "service", "repo", "project", "epic")}
    system = f"{prompt('plan')}\nToday is {calendar.now.date().isoformat()}.\n\nMetrics:\n{metrics}\n\nNames: {json.dumps(known, ensure_ascii=False)}"
    before = {k: v for k, v in (previous or {}).items() if k in ("intent", "metrics", "period", "compare", "filters", "group_by")}
    context = f"Plan of the question before: {json.dumps(before)}\n" if before else ""
    return [("system", system), ("human", f"{context}<question-{mark}>\n{question[:2000]}\n</question-{mark}>\nReply with JSON.")]


def checked(draft: PlanDraft, by_rules: Plan, names: Names, calendar: Calendar) -> Plan:
    """The draft as a plan, with nothing in it that does not exist."""
    if draft.intent is Intent.UNSUPPORTED:
        return unsupported(plain_words(draft.message) or by_rules.message or "This cannot be answered from Jira and GitHub.")
    if draft.intent is Intent.CLARIFY:
        return clarify(plain_words(draft.message) or "What exactly do you mean?", [plain_words(c) for c in draft.choices[:8]])
    if draft.intent in BY_RULES:
        if by_rules.intent is not draft.intent:
            raise ModelFailed("the plan does not fit the question")
        return by_rules
    unknown = [metric for metric in draft.metrics if metric not in CATALOGUE]
    if unknown or (not draft.metrics and draft.intent not in (Intent.DASHBOARD, Intent.BRIEFING)):
        raise ModelFailed("the plan names no known metric")
    return timed(draft, filters_of(draft, names), calendar)


def plain_words(text: str) -> str:
    """A model's own words without digits, which could be numbers nobody measured."""
    return "" if any(c.isdigit() for c in text) else " ".join(text.split())[:400]


def filters_of(draft: PlanDraft, names: Names) -> dict[str, Filter]:
    """Filters with the names spelt as the store spells them; unknown names are a failure, not a guess."""
    found: dict[str, Filter] = {}
    for one in draft.filters:
        known = {squeeze(name): name for name in names.known(one.dimension)}
        values = [known.get(squeeze(value), value if not known else "") for value in one.values]
        if not values or not all(values):
            raise ModelFailed("the plan names something unknown")
        found[one.dimension] = values[0] if len(values) == 1 else values
    return found


def timed(draft: PlanDraft, filters: dict[str, Filter], calendar: Calendar) -> Plan:
    """The plan with its window and comparison resolved."""
    period = calendar.resolve(draft.period) if draft.period else None
    value = draft.period or "last_90_days"
    window = period or calendar.resolve(value)
    snapshot = period is None and bool(draft.metrics) and all(CATALOGUE[m].snapshot for m in draft.metrics)
    return Plan(
        intent=draft.intent,
        metrics=draft.metrics[:6],
        stat=draft.stat,
        period=None if snapshot else shown(window, value, default=period is None),
        compare=None if snapshot else compared(draft.compare, window),
        grain=draft.grain if draft.intent in (Intent.TREND, Intent.ANOMALY) else None,
        filters=filters,
        group_by=draft.group_by[:2],
        top=draft.top,
        chart=draft.chart or draft.intent in CHARTED,
        tool=TOOLS.get(draft.intent, "metrics.query_metric"),
    )


def compared(compare: str | None, period: Period) -> PlanCompare | None:
    """The comparison with its window; a bare word other than the known ones is a period."""
    if compare in (None, "none", ""):
        return None
    window = comparison_window(period, compare)
    if window is None or window.end - window.start <= timedelta(0):
        return None
    kind = compare if compare in ("previous", "to_date", "year_ago") else "period"
    return PlanCompare.model_validate({"kind": kind, "value": compare, "from": bound(window.start), "to": bound(window.end)})
