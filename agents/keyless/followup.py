"""Follow-ups: what a short question leaves out is taken from the plan before it."""

import re
from typing import Any

from agents.keyless import shape
from agents.keyless.answers import clarify
from agents.keyless.defaults import Calendar, allowed, by_length, compared, main_and_other, order, shown
from agents.keyless.intents import intent_of
from agents.keyless.reading import Reading
from agents.keyless.rules import METRIC_SETS
from agents.names import Names
from agents.plan import Intent, Plan
from servers.metrics.periods import PeriodError

OPENING = re.compile(
    r"^(?:and|und|e|y|et|also|then|ok|okay|what about|how about|how does (?:that|this|it)|same|now|only|just|but|so|or|instead|was ist mit|wie sieht es|e (?:o|a|os|as)|y (?:el|la)|et (?:le|la|pour)|那|那么|还有|split (?:that|this|it)|break (?:that|this|it)|show (?:that|this|it)|plot (?:that|this|it)|group (?:that|this|it)|per |by |for |in |compared?|versus|vs|why|explain)"
)
POINTS_BACK = re.compile(
    r"(?<!\w)(?:that|this|it|those|these|there|them|same|das|dies|davon|isso|esse|eso|ese|cela|ca|这个|那个|它)(?!\w)(?! (?:week|month|quarter|year|sprint|team|last|is|are|the))"
)


OF_ITS_OWN = frozenset({Intent.DASHBOARD, Intent.BRIEFING, Intent.LIST, Intent.RISK, Intent.FORECAST, Intent.ANOMALY})
"""Intents that need no metric named: a question of such a kind is whole without the one before it."""


def stands_alone(reading: Reading) -> bool:
    """Whether the question names its own subject without naming a metric: a report, a list, a risk, a broad word such as bottleneck."""
    if OPENING.match(reading.text) or POINTS_BACK.search(reading.text):
        return False
    return intent_of(reading, []) in OF_ITS_OWN or bool(reading.concepts & {*METRIC_SETS, "BOTTLENECK", "DORA"})


def is_follow_up(reading: Reading, previous: dict[str, Any]) -> bool:
    """Whether the question leans on the one before it."""
    if not previous.get("metrics"):
        return False
    if shape.EXPLAIN.search(reading.text):
        return True
    if reading.metrics:
        return bool(reading.matches and reading.matches[0].score < 8) and bool(POINTS_BACK.search(reading.text))
    if shape.STATUS.search(reading.text) or shape.META.search(reading.text) or stands_alone(reading):
        return False
    short = len(reading.tokens) <= 8
    says_something = bool(
        reading.entities.filters
        or reading.entities.unknown
        or reading.periods
        or shape.grain_of(reading.text)
        or shape.dimensions_of(reading.tags, reading.words, reading.text)
        or shape.CHART.search(reading.text)
        or shape.WHY.search(reading.text)
        or shape.COMPARE.search(reading.text)
        or shape.stat_of(reading.text)
        or shape.DEFINITION.search(reading.text)
    )
    return says_something and (bool(OPENING.match(reading.text)) or bool(POINTS_BACK.search(reading.text)) or short)


def carry_over(reading: Reading, before: Plan, names: Names, calendar: Calendar) -> Plan:
    """The plan before, with what the follow-up replaces; "and X?" replaces the like entity only."""
    if reading.entities.unknown:
        kind, name = reading.entities.unknown[0]
        return clarify(
            f"I do not know a {'team or service' if kind == 'name' else kind} called “{name}”.",
            names.known(kind if kind != "name" else "team"),
        )
    plan = before.model_copy(deep=True, update={"notes": list(reading.entities.notes), "message": "", "choices": [], "status": "ok"})
    if plan.tool in ("metrics.describe_metric", "metrics.trace_figure", None):
        plan.tool = "metrics.query_metric"
    replace_filters(plan, reading)
    try:
        replace_period(plan, reading, calendar)
    except PeriodError as error:
        return plan.model_copy(update={"status": "no_data", "message": str(error)})
    return reshape(plan, reading, calendar)


def replace_filters(plan: Plan, reading: Reading) -> None:
    """Each named kind of entity replaces the same kind; a service also replaces a repository."""
    kinds = {kind for kind, _ in reading.entities.filters}
    for kind in kinds:
        for old in {
            "service": ("service", "repo"),
            "repo": ("service", "repo"),
            "team": ("team", "project"),
            "project": ("team", "project"),
        }.get(kind, (kind,)):
            plan.filters.pop(old, None)
        values = [name for k, name in reading.entities.filters if k == kind]
        plan.filters[kind] = values[0] if len(values) == 1 else values
    if kinds and "arguments" in plan.model_fields_set:
        plan.arguments = {k: v for k, v in plan.arguments.items() if k not in ("team", "service", "repo", "project")} | {
            k: v for k, v in plan.filters.items() if isinstance(v, str)
        }


def replace_period(plan: Plan, reading: Reading, calendar: Calendar) -> None:
    """A named window replaces the old one; "the quarter before" is held against it."""
    main, other = main_and_other(reading.periods)
    if main and main.role == "before":
        main, other = None, main
    if main and other and other.role == "main":
        main, other = order(main, other, calendar)
    if main and not (
        shape.COMPARE.search(reading.text)
        and plan.period
        and other is None
        and re.match(r"(?:how does|compare|versus|vs|and compared)", reading.text)
    ):
        plan.period = shown(calendar.resolve(main.value), main.value)
        plan.compare = None
    elif main:
        other = main
    if (other or shape.PREVIOUS.search(reading.text)) and plan.period:
        plan.compare = compared(other, calendar.resolve(plan.period.value), calendar, improving=True)
        plan.intent = Intent.COMPARE


def reshape(plan: Plan, reading: Reading, calendar: Calendar) -> Plan:
    """Grain, grouping, statistic, chart, reasons and records as the follow-up wants them."""
    grain = shape.grain_of(reading.text)
    groups = shape.dimensions_of(reading.tags, reading.words, reading.text)
    if groups:
        plan.group_by, plan.intent, plan.chart = groups[:2], Intent.BREAKDOWN, True
        plan.filters = {k: v for k, v in plan.filters.items() if k not in groups}
    if grain or (shape.TREND.search(reading.text) and not groups):
        window = calendar.resolve(plan.period.value) if plan.period else None
        plan.intent, plan.chart, plan.grain = Intent.TREND, True, allowed(grain or by_length(window), plan.metrics)
    plan.stat = shape.stat_of(reading.text) or plan.stat
    plan.chart = plan.chart or bool(shape.CHART.search(reading.text))
    if shape.EXPLAIN.search(reading.text):
        return plan.model_copy(
            update={
                "intent": Intent.EXPLAIN,
                "tool": "metrics.trace_figure",
                "compare": None,
                "chart": False,
                "group_by": [],
                "grain": None,
            }
        )
    if shape.WHY.search(reading.text):
        why_compare = plan.compare or (
            compared(None, calendar.resolve(plan.period.value), calendar, improving=True) if plan.period else None
        )
        return plan.model_copy(
            update={"intent": Intent.WHY, "tool": "metrics.explain_change", "compare": why_compare, "metrics": plan.metrics[:1]}
        )
    if shape.DEFINITION.search(reading.text):
        return Plan(intent=Intent.DEFINITION, metrics=plan.metrics, tool="metrics.describe_metric")
    return plan
