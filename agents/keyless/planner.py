"""From a question to a plan by rules alone: the same plan that a model would make, and honest when it does not know."""

import re
from typing import Any

from agents.keyless import shape
from agents.keyless.answers import clarify, unsupported
from agents.keyless.bounds import bounds_in, is_share_within
from agents.keyless.defaults import Calendar, bound, compared, default_period, grain_for, main_and_other, order, shown
from agents.keyless.followup import carry_over, is_follow_up
from agents.keyless.guards import refusal
from agents.keyless.intents import intent_of, is_of_a_sprint, names_several
from agents.keyless.periods import Found
from agents.keyless.reading import Reading, read
from agents.keyless.rules import (
    AI_CHANGES,
    CONTEXT_ONLY,
    DORA,
    DORA_FIVE,
    HIGHER_IS_BETTER,
    METRIC_SETS,
    OF_A_CLASS,
    PHASES,
    SHARES_BY_CLASS,
    SPRINT_METRICS,
)
from agents.keyless.special import SPECIAL
from agents.keyless.text import fold
from agents.names import Names
from agents.plan import Filter, Intent, Plan, PlanCompare, PlanPeriod
from servers.charts.catalogue import kind_named
from servers.metrics.catalogue import CATALOGUE
from servers.metrics.periods import Period, PeriodError

CHARTED = {Intent.TREND, Intent.BREAKDOWN, Intent.RANK, Intent.ANOMALY, Intent.FORECAST, Intent.DASHBOARD}
NEEDS_NO_METRIC = {Intent.META, Intent.STATUS, Intent.DASHBOARD, Intent.BRIEFING, Intent.LIST, Intent.RISK, Intent.FORECAST, Intent.ANOMALY}


def make_plan(question: str, names: Names, calendar: Calendar, previous: dict[str, Any] | None = None) -> Plan:
    """The plan for a question; `previous` is the last plan of the conversation."""
    refused = refusal(fold(question).casefold(), names.places())
    if refused:
        return unsupported(refused.message)
    reading = read(question, names, calendar.now.date())
    if previous and is_follow_up(reading, previous):
        return carry_over(reading, Plan.model_validate(previous), names, calendar)
    if reading.entities.unknown:
        kind, name = reading.entities.unknown[0]
        return clarify_unknown(kind, name, names)
    return fresh_plan(reading, names, calendar)


def clarify_unknown(kind: str, name: str, names: Names) -> Plan:
    """A question back that lists the known names."""
    listed = [n for k in ([kind] if kind != "name" else ["team", "service"]) for n in names.known(k)]
    what = {"name": "team, service or repository"}.get(kind, kind)
    return clarify(f"I do not know a {what} called “{name}”. Which one do you mean?", listed[:20])


def fresh_plan(reading: Reading, names: Names, calendar: Calendar) -> Plan:
    """The plan of a question that stands on its own."""
    groups = groups_of(reading)
    intent = intent_of(reading, groups)
    metrics = metrics_of(reading, intent)
    groups = fitting(groups, metrics)
    if not metrics and intent not in NEEDS_NO_METRIC and not (intent is Intent.WHY and reading.has("BOTTLENECK")):
        return without_metric(reading)
    filters = filters_of(reading, groups)
    try:
        plan = timed_plan(reading, intent, metrics, filters, groups, calendar)
    except PeriodError as error:
        return Plan(intent=intent, status="no_data", metrics=metrics, filters=filters, message=future_message(error), tool=None)
    return SPECIAL[intent](plan, reading, names, calendar) if intent in SPECIAL else finished(plan, reading)


def future_message(error: PeriodError) -> str:
    """Why a window that lies ahead has no value."""
    return f"{error} No value exists for the future; ask for example “How many tickets can the team finish by the end of the year?”."


def without_metric(reading: Reading) -> Plan:
    """Nothing that can be measured was recognised: ask back when the words are ours, else say that it is out of reach."""
    if reading.concepts or reading.entities.filters or reading.periods or len(reading.tokens) <= 6:
        return clarify("I am not sure which figure you mean. Do you mean one of these?", suggestions(reading))
    return unsupported(
        "I did not find a delivery metric in this question, so I cannot answer it from Jira and GitHub. “Which metrics do you know?” lists what I can measure."
    )


def suggestions(reading: Reading) -> list[str]:
    """Questions that can be answered, for the same team when one was named."""
    of = next((f" of {name}" for _, name in reading.entities.filters), "")
    return [
        f"Change lead time{of} last quarter",
        f"Deployment frequency{of} last quarter",
        f"Change fail rate{of} last quarter",
        f"Throughput{of} last month",
        "Show me the DORA dashboard for last quarter",
    ]


def groups_of(reading: Reading) -> list[str]:
    """What to cut by; AI against other work is a cut by ai_level."""
    groups = shape.dimensions_of(reading.tags, reading.words, reading.text)
    return (["ai_level"] if reading.ai_split else []) + [g for g in groups if g != "ai_level" or not reading.ai_split]


NEAR_DIMENSIONS = {
    "work_class": ("kind", "issue_type"),
    "kind": ("work_class",),
    "service": ("repo",),
    "repo": ("service",),
    "project": ("team",),
    "epic": ("initiative",),
}
"""What a dimension can stand for where a metric does not have it: the "kind" of a deployment is no class of work."""


def fitting(groups: list[str], metrics: list[str]) -> list[str]:
    """The dimensions as the first metric has them."""
    known = CATALOGUE.get(metrics[0]) if metrics else None
    if known is None:
        return groups
    fits = [g if g in known.dimensions else next((n for n in NEAR_DIMENSIONS.get(g, ()) if n in known.dimensions), g) for g in groups]
    return list(dict.fromkeys(fits))


def metrics_of(reading: Reading, intent: Intent) -> list[str]:
    """The metrics that were named, widened where a word stands for a set."""
    named = list(dict.fromkeys("issue_cycle_time" if m == "pr_cycle_time" and of_tickets(reading) else m for m in reading.metrics))
    if named == ["deployment_frequency"] and is_share_within(bounds_in(reading.raw)):
        named = ["change_lead_time"]  # how many changes are out so soon says how long they take, not how often
    if reading.has("MTTR") and {"failed_deployment_recovery_time", "time_to_restore"} & set(named):
        named += [m for m in ("time_to_restore", "failed_deployment_recovery_time") if m not in named]
    if (reading.has("PHASE") and {"change_lead_time", "pr_cycle_time"} & set(named)) or (reading.has("PHASE") and not named):
        return list(PHASES)
    if reading.has("DORA") and not set(named) - {"kpi_scorecard"}:
        return list(DORA if "four" in reading.words else DORA_FIVE)
    if reading.ai_split and not named:
        return list(AI_CHANGES)
    if not named and (intent is Intent.VALUE and is_of_a_sprint(reading, [])):
        return ["sprint_report"]
    broad = next((METRIC_SETS[c] for c in METRIC_SETS if c in reading.concepts), None)
    if not named and reading.has("SLOW"):
        return list(METRIC_SETS["FASTER"])
    if broad and (not named or (reading.has("FASTER") and set(named) <= set(broad))):
        return list(broad)
    return named


def of_tickets(reading: Reading) -> bool:
    """Whether a bare "cycle time" stands beside tickets and no pull request."""
    return reading.has("CYCLE", "TICKET") and not reading.concepts & {"PR", "MERGE", "REVIEW"}


def filters_of(reading: Reading, groups: list[str]) -> dict[str, Filter]:
    """Names as filters; several of one kind become a list."""
    filters: dict[str, Filter] = {}
    for kind, name in reading.entities.filters:
        before = filters.get(kind)
        filters[kind] = name if before is None else [*([before] if isinstance(before, str) else before), name]
    if set(reading.metrics) & SHARES_BY_CLASS and "work_class" not in groups:
        filters |= work_class_filter(reading)
    if reading.concepts & {"BUG", "BUGWORK"} and set(reading.metrics) & OF_A_CLASS:
        filters["work_class"] = "defect"
    if len(reading.entities.keys) == 1 and (reading.has("EPIC") or "epic_progress" in reading.metrics):
        filters["epic"] = reading.entities.keys[0]
    return filters


WORK_CLASSES = {"KTLO": "ktlo", "TECHDEBT": "tech_debt", "BUGWORK": "defect", "FEATURE": "new_capability"}


def work_class_filter(reading: Reading) -> dict[str, Filter]:
    """The one work class that is asked for; two of them are a split instead, and so is a mix."""
    named = [value for concept, value in WORK_CLASSES.items() if concept in reading.concepts]
    return {"work_class": named[0]} if len(named) == 1 and not reading.has("FLOWDIST") else {}


def timed_plan(
    reading: Reading, intent: Intent, metrics: list[str], filters: dict[str, Filter], groups: list[str], calendar: Calendar
) -> Plan:
    """The plan with its window, comparison and grain."""
    main, other = main_and_other(reading.periods)
    if main and other and other.role == "main" and main.role == "main":
        main, other = order(main, other, calendar)
    if any(p.role == "future" for p in reading.periods) and main is None and intent is not Intent.FORECAST:
        raise PeriodError("That period has not begun yet.")
    value = period_value(main) if main else default_period(reading, intent, metrics, other)
    period = calendar.resolve(value) if value else None
    window = shown(period, value, default=main is None) if period and value else None
    kind = kind_named(reading.text)
    return Plan(
        intent=intent,
        metrics=metrics,
        stat=shape.stat_of(without_names(reading)),
        period=window,
        compare=comparison(reading, intent, main, other, period, value, calendar),
        grain=grain_for(reading, intent, metrics, period),
        filters=filters,
        group_by=groups[:2],
        top=shape.top_of(reading.text) if intent in (Intent.RANK, Intent.LIST) else None,
        chart=intent in CHARTED or bool(shape.CHART.search(reading.text)),
        chart_kind=kind,
        tool="metrics.query_metric",
        arguments={"as_of": known_until(reading.known_on, calendar)} if reading.known_on else {},
        notes=list(reading.entities.notes),
    )


def known_until(day: Found, calendar: Calendar) -> str:
    """The end of the day, or longer period, whose knowledge is asked for."""
    return bound(calendar.resolve(day.value).window.end)


def period_value(found: Found) -> str:
    """The value of a period; a date that splits time runs from it to now."""
    return {"split": f"since:{found.value}", "recent": "last_90_days"}.get(found.role, found.value)


def without_names(reading: Reading) -> str:
    """The text without metric names such as "mean time to recovery", whose "mean" is no statistic."""
    text = reading.text
    for tag in reading.tags:
        if "MTTR" in tag.concepts:
            start, end = reading.tokens[tag.first].start, reading.tokens[tag.last].end
            text = text[:start] + " " * (end - start) + text[end:]
    return text


def comparison(
    reading: Reading, intent: Intent, main: Found | None, other: Found | None, period: Period | None, value: str | None, calendar: Calendar
) -> PlanCompare | None:
    """What to compare with, if anything."""
    if period is None or value is None:
        return None
    if main and main.role == "split":
        return compared(None, period, calendar, improving=True)
    wanted = intent in (Intent.TREND, Intent.COMPARE, Intent.VALUE) and (
        bool(shape.PREVIOUS.search(reading.text)) or improving(reading, intent)
    )
    return compared(other, period, calendar, improving=wanted or intent is Intent.WHY)


def improving(reading: Reading, intent: Intent) -> bool:
    """Whether better or worse than before is asked, without a course over a window of its own."""
    if (shape.INSIDE.search(reading.text) and reading.periods) or names_several(reading):
        return False
    asked = bool(shape.IMPROVING.search(reading.text)) or reading.has("FASTER")
    return asked and intent is Intent.TREND and shape.grain_of(reading.text) is None


def finished(plan: Plan, reading: Reading) -> Plan:
    """What the plan still lacks once its shape is known."""
    if (
        plan.intent is Intent.RANK
        and set(plan.metrics) & CONTEXT_ONLY
        and "team" in plan.group_by
        and shape.WORST.search(reading.text) is not None
    ):
        plan.notes.append("This figure is context: neither high nor low is better.")
    if plan.intent is Intent.RANK:
        plan.descending = descending(plan, reading)
    if set(plan.metrics) & SHARES_BY_CLASS and not plan.group_by and not plan.filters.get("work_class"):
        of_epics = (
            (reading.has("EPIC") or plan.chart_kind == "treemap")
            and not plan.filters.get("epic")
            and "flow_distribution" not in plan.metrics
        )
        plan.group_by = ["epic" if of_epics else "work_class"]
    elif "flow_distribution" in plan.metrics and "work_class" not in plan.group_by and not plan.filters.get("work_class"):
        plan.group_by = [*plan.group_by, "work_class"][:2]
    if plan.metrics == ["epic_progress"] and not plan.filters.get("epic") and not plan.group_by:
        plan.group_by, plan.chart = ["epic"], True
    if shape.INSIDE.search(reading.text) and plan.group_by:
        plan.change_inside, plan.intent, plan.chart = True, Intent.TREND, True
        plan.compare = None
    if set(plan.metrics) & SPRINT_METRICS:
        plan = of_sprint(plan, reading)
    if "sprint_velocity" in plan.metrics and ("team" in plan.group_by or isinstance(plan.filters.get("team"), list)):
        return unsupported(POINTS)
    return named_in_words(plan, reading)


def of_sprint(plan: Plan, reading: Reading) -> Plan:
    """Which sprints are meant; one that runs, and a report, are told by the report of the sprint."""
    named = NUMBERED.search(reading.raw)
    if plan.metrics == ["sprint_report"] or (reading.sprint == "current" and "sprint_velocity" not in plan.metrics):
        plan.tool, plan.grain = "jira.sprint_report", None
        scope = {kind: value for kind, value in plan.filters.items() if kind in ("team", "project") and isinstance(value, str)}
        which = reading.sprint if reading.sprint and ":" not in reading.sprint else "last"
        plan.arguments = scope | ({"sprint": named[0]} if named else {"which": which})
    elif named or reading.sprint:
        many = (reading.sprint or "").removeprefix("n:")
        plan.arguments = {"sprint": named[0] if named else f"last_{many}" if many != reading.sprint else many}
    return plan


NUMBERED = re.compile(r"\b(?:[A-Z][A-Z0-9]+ )?[Ss]print \d{1,4}\b")
"""A sprint by its name, as boards number them."""
POINTS = "Story points mean something else in every team, so velocity is never compared across teams. Ask for one team's velocity over its sprints, or compare “say-do ratio by team”."


def descending(plan: Plan, reading: Reading) -> bool:
    """Whether the highest value comes first; "worst" and "best" turn with the direction of the metric."""
    higher_is_better = bool(set(plan.metrics) & HIGHER_IS_BETTER)
    if "unreviewed_merge_rate" in plan.metrics and re.search(r"least (?:\w+ )?reviewed", reading.text):
        return True
    if shape.WORST.search(reading.text):
        return not higher_is_better
    if shape.BEST.search(reading.text):
        return higher_is_better
    return not shape.ENDS_LOW.search(reading.text)


TICKETS_ONLY = frozenset({"project", "issue_type", "work_class", "epic", "priority"})
"""Dimensions that a pull request does not have: with them "cycle time" is that of tickets."""


def named_in_words(plan: Plan, reading: Reading) -> Plan:
    """Say how a word with several meanings was read."""
    if reading.has("CYCLE") and plan.metrics[:1] == ["pr_cycle_time"] and not reading.concepts & {"PR", "MERGE"}:
        if TICKETS_ONLY & {*plan.filters, *plan.group_by}:
            plan.metrics[0] = "issue_cycle_time"
        plan.notes.append(
            f"“Cycle time” is read as {'tickets from start to done' if plan.metrics[0] == 'issue_cycle_time' else 'pull requests from first commit to merge'}; tickets and pull requests have one each."
        )
    if plan.metrics == ["change_lead_time"] and reading.has("LEADTIME") and not reading.has("CHANGE"):
        plan.notes.append("“Lead time” is read as change lead time: from first commit to running in production.")
    if "work_traceability" in plan.metrics and re.search(r"(?<!\w)(?:no|not|without|lack\w*|missing)(?!\w)", reading.text):
        plan.notes.append("The share is that of pull requests with a ticket; all others have none.")
    if reading.has("MTTR"):
        plan.notes.append("“MTTR” has two readings: recovery after a failed deployment, and time to restore over all incidents.")
    return plan


def with_period(period: PlanPeriod | None) -> str:
    """The value of a planned window."""
    return period.value if period else ""
