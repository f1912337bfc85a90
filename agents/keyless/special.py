"""Plans of the intents that are answered by a tool of their own."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from agents.keyless import shape
from agents.keyless.answers import clarify
from agents.keyless.defaults import Calendar, shown
from agents.keyless.reading import Reading
from agents.keyless.rules import DORA_FIVE, NEXT_SPRINT, PHASES
from agents.names import Names
from agents.plan import Filter, Intent, Plan
from servers.metrics.scorecard import SCORECARD

ANOMALY_SET = ["deployment_frequency", "change_lead_time", "change_fail_rate", "pr_cycle_time", "throughput"]
BRIEFING_SET = [choice[0] for choice in SCORECARD]
"""What an executive report is about, whether or not this installation can measure all of it."""
ITEMS = re.compile(
    r"(?<!\w)(?P<n>\d{1,5}) (?:more |open |remaining |further |weitere )?(?:items?|tickets?|issues?|stories|tasks|points|work items|aufgaben|vorgange|tarefas|tareas|taches|elements|elementos|itens)"
)
OLDER = re.compile(
    r"(?:older than|more than|over|at least|for more than|alter als|mais de|mas de|plus de) (?P<n>\d{1,3}|an?|one|two|three|four|six|zwei|drei|dos|dois|deux|trois|tres) (?P<unit>days?|weeks?|months?|tage|wochen|dias|semanas|jours|semaines)"
)
BY_DAYS = {
    "day": 1,
    "days": 1,
    "tage": 1,
    "dias": 1,
    "jours": 1,
    "week": 7,
    "weeks": 7,
    "wochen": 7,
    "semanas": 7,
    "semaines": 7,
    "month": 30,
    "months": 30,
}
FEW = {"two": 2, "three": 3, "four": 4, "six": 6, "zwei": 2, "drei": 3, "dos": 2, "dois": 2, "deux": 2, "trois": 3, "tres": 3}


def days_of(older: re.Match[str]) -> int:
    """`older than two weeks` in days."""
    count = int(older["n"]) if older["n"].isdigit() else FEW.get(older["n"], 1)
    return count * BY_DAYS.get(older["unit"], 1)


SPRINT_DAYS, FOUR_WEEKS_DAYS = 14, 28
"""From today on, today included."""
FAILED = re.compile(r"fail|broke|bad |faulty|fehlgeschlagen|falh|fallid|fallo|echec|rate|失败")
PRIORITIES = re.compile(
    r"(?:with |of )?(?P<p>highest|high|critical|blocker|urgent|medium|low|lowest|hohe\w*|alta|haute)[ -]?(?:priority|prio|priorit\w*|prioridad\w*)|(?P<q>critical|blocker|urgent|sev1|p1)\b"
)


def scope(plan: Plan, *kinds: str) -> dict[str, Filter]:
    """The named entities of these kinds."""
    return {k: v for k, v in plan.filters.items() if k in kinds}


def one(value: Filter | None) -> str | None:
    """The first of several names."""
    return value[0] if isinstance(value, list) else value


def dashboard(plan: Plan, reading: Reading, names: Names, calendar: Calendar) -> Plan:
    """The DORA report of a team, a service or all."""
    plan.metrics = list(DORA_FIVE)
    plan.tool, plan.chart = "metrics.dora_report", True
    return plan


def briefing(plan: Plan, reading: Reading, names: Names, calendar: Calendar) -> Plan:
    """The executive report over the last complete unit."""
    plan.metrics, plan.tool = list(BRIEFING_SET), "metrics.executive_report"
    return plan


def status(plan: Plan, reading: Reading, names: Names, calendar: Calendar) -> Plan:
    """How fresh the data is."""
    source = next((s for s in ("jira", "github") if s in reading.text), None)
    return Plan(intent=Intent.STATUS, tool="metrics.data_freshness", arguments={"source": source} if source else {}, notes=plan.notes)


def meta(plan: Plan, reading: Reading, names: Names, calendar: Calendar) -> Plan:
    """What there is to ask."""
    return Plan(intent=Intent.META, tool="metrics.list_metrics")


def definition(plan: Plan, reading: Reading, names: Names, calendar: Calendar) -> Plan:
    """What a metric means."""
    return Plan(intent=Intent.DEFINITION, metrics=plan.metrics, tool="metrics.describe_metric", notes=[])


def anomaly(plan: Plan, reading: Reading, names: Names, calendar: Calendar) -> Plan:
    """Signals by the limits of a control chart."""
    plan.metrics = plan.metrics or list(ANOMALY_SET)
    plan.tool, plan.chart, plan.compare = "metrics.find_anomalies", True, None
    if plan.period and (plan.period.default or plan.period.value == "last_90_days"):
        plan.period = shown(calendar.resolve("last_26_weeks"), "last_26_weeks", default=True)
    return plan


def forecast(plan: Plan, reading: Reading, names: Names, calendar: Calendar) -> Plan:
    """When something will be done, or how much will be."""
    if reading.has("NEXTSPRINT"):
        return next_sprint(plan, calendar)
    until = next((p.value for p in reading.periods if p.role in ("until", "future", "within")), None)
    items = ITEMS.search(reading.text)
    how_many = (
        bool(re.search(r"how (?:many|much) (?!more (?:weeks|days|sprints))|wie ?viele|quant[oa]s|cuant[oa]s|combien|多少", reading.text))
        and not items
    )
    key = reading.entities.keys[0] if reading.entities.keys else None
    plan.filters = {k: v for k, v in plan.filters.items() if k in ("team", "project", "epic")} | ({"epic": key} if key else {})
    sprint = reading.sprint == "current" or (reading.has("SPRINT") and not how_many)
    if not plan.filters and not how_many:
        return clarify(
            "What should be forecast? Name an epic, a team, a project or a number of items.", [*names.epics][:8] or names.known("team")
        )
    if key and names.epics and key not in names.epics:
        return clarify(f"I do not know an epic {key}. Known ones are listed.", sorted(names.epics)[:20])
    plan.metrics = ["forecast_how_many"] if how_many else ["sprint_risk"] if sprint else ["forecast_when"]
    plan.period, plan.compare, plan.grain, plan.group_by, plan.chart = None, None, None, [], True
    plan.tool = "metrics.assess_risk" if plan.metrics == ["sprint_risk"] else "metrics.forecast"
    plan.arguments = forecast_arguments(
        plan, how_many, until or default_until(how_many, calendar), int(items["n"]) if items else None, sprint
    )
    return plan


def next_sprint(plan: Plan, calendar: Calendar) -> Plan:
    """What a sprint can take: the items that two weeks bring, the range of past sprints of one team, what rolls over and what is open."""
    plan.filters = {k: v for k, v in plan.filters.items() if k in ("team", "project")}
    alone = isinstance(plan.filters.get("team") or plan.filters.get("project"), str)
    plan.metrics = [metric for metric in NEXT_SPRINT if alone or metric != "sprint_velocity"]
    plan.period, plan.compare, plan.grain, plan.group_by, plan.chart, plan.tool = None, None, None, [], True, "metrics.forecast"
    by = calendar.now.date() + timedelta(days=SPRINT_DAYS - 1)
    plan.arguments = {"kind": "how_many", "by": by.isoformat()} | {k: one(v) for k, v in plan.filters.items()}
    plan.notes.append("A sprint is taken as two weeks. The forecast counts items; velocity is one team's own measure.")
    return plan


def default_until(how_many: bool, calendar: Calendar) -> str | None:
    """Without a date, as much as four weeks hold."""
    return (calendar.now.date() + timedelta(days=FOUR_WEEKS_DAYS - 1)).isoformat() if how_many else None


def forecast_arguments(plan: Plan, how_many: bool, until: str | None, remaining: int | None, sprint: bool) -> dict[str, object]:
    """Arguments of `forecast` or `assess_risk`."""
    if sprint and not how_many:
        return {"kind": "sprint"} | {k: one(v) for k, v in scope(plan, "team", "project").items()}
    given = {"kind": "how_many" if how_many else "when", "remaining": remaining, "by" if how_many else "target": until}
    return {k: v for k, v in given.items() if v is not None} | {k: one(v) for k, v in plan.filters.items()}


def risk(plan: Plan, reading: Reading, names: Names, calendar: Calendar) -> Plan:
    """What could go wrong: pull requests, the sprint, or epics."""
    kinds = [
        kind
        for kind, words in (("pr", {"PR"}), ("sprint", {"SPRINT"}), ("epic", {"EPIC", "MILESTONE", "PROJECT"}))
        if reading.concepts & words
    ]
    if "epic" in kinds and "project" in plan.filters and len(kinds) > 1:
        kinds.remove("epic")
    kinds = kinds or ["epic", "sprint", "pr"]
    plan.metrics = [f"{kind}_risk" for kind in kinds]
    plan.tool, plan.period, plan.compare, plan.grain = "metrics.assess_risk", None, None, None
    plan.group_by = ["epic"] if kinds == ["epic"] else []
    plan.arguments = {"kinds": kinds} | {k: one(v) for k, v in scope(plan, "team", "project", "repo").items()}
    if "service" in plan.filters:
        plan.arguments["repo"] = one(plan.filters["service"])
    return plan


def why(plan: Plan, reading: Reading, names: Names, calendar: Calendar) -> Plan:
    """What a change is made of, or where time is lost."""
    if reading.has("BOTTLENECK") and not plan.metrics:
        plan.metrics, plan.tool, plan.compare = [*PHASES, "flow_efficiency"], "metrics.query_metric", None
        plan.chart = True
        return plan
    plan.metrics, plan.tool, plan.chart = plan.metrics[:1], "metrics.explain_change", True
    return plan


def explain(plan: Plan, reading: Reading, names: Names, calendar: Calendar) -> Plan:
    """The records behind a number; without a number before it, the metric that was named."""
    if not plan.metrics:
        return clarify(
            "Which number do you mean? Ask for a figure first, then for what is behind it.",
            ["Change fail rate last quarter", "Deployment frequency last month"],
        )
    plan.tool = "metrics.trace_figure"
    return plan


TOLD_BY_RECORDS = frozenset(
    {
        "unreviewed_merge_rate",
        "revert_rate",
        "pr_abandon_rate",
        "ai_assisted_pr_share",
        "work_traceability",
        "reopen_rate",
        "escaped_defect_ratio",
        "deployment_rework_rate",
        "milestone_on_time_rate",
    }
)
"""Shares whose records are those of the numerator: "which pull requests were merged without review?"."""

RECORDS_OUTSIDE = frozenset({"work_traceability", "milestone_on_time_rate"})
OUTSIDE = re.compile(r"(?<!\w)(?:no|not|without|lack\w*|missing|miss(?:ed)?|late|overdue|delayed|slipped|untraceable|never)(?!\w)")
"""Words that ask for those that the share leaves out: pull requests without a ticket, milestones that came late."""


def listing(plan: Plan, reading: Reading, names: Names, calendar: Calendar) -> Plan:
    """Records of one kind."""
    told = next((metric for metric in plan.metrics if metric in TOLD_BY_RECORDS), None)
    if told:
        plan.metrics, plan.tool, plan.chart = [told], "metrics.trace_figure", False
        plan.compare, plan.grain, plan.group_by = None, None, []
        plan.arguments = {"cell": f"counted_above={'no' if told in RECORDS_OUTSIDE and OUTSIDE.search(reading.text) else 'yes'}"}
        return plan
    make = next((make for holds, make in LISTS if holds(reading)), None)
    if make is None:
        return clarify(
            "What should be listed?", ["List repositories", "List the open pull requests", "Show the last 10 production deployments"]
        )
    made = make(plan, reading)
    made.chart, made.compare, made.grain, made.group_by = bool(shape.CHART.search(reading.text)), None, None, []
    return made


def in_repo(plan: Plan) -> dict[str, object]:
    """The repository that a service or repository name means, and the team."""
    repo = one(plan.filters.get("repo") or plan.filters.get("service"))
    return ({"repo": repo} if repo else {}) | ({"team": one(plan.filters["team"])} if "team" in plan.filters else {})


def list_prs(plan: Plan, reading: Reading) -> Plan:
    """Pull requests, open ones unless said otherwise."""
    older = OLDER.search(reading.text)
    state = "merged" if reading.has("MERGE") else "open"
    plan.metrics = ["open_pr_age"] if state == "open" else []
    plan.tool, plan.period = "github.search_pull_requests", None if state == "open" else plan.period
    plan.arguments = in_repo(plan) | {"state": state} | least_age(reading, older)
    return plan


def list_deployments(plan: Plan, reading: Reading) -> Plan:
    """Deployments of a service, newest first; the failed ones by their metric."""
    failed = bool(FAILED.search(reading.text)) and reading.has("DEPLOY")
    plan.metrics = ["change_fail_rate"] if failed else []
    plan.tool = "github.list_deployments"
    named = plan.period is not None and not plan.period.default
    if plan.period and not named and not failed:
        plan.period = None
    place = {k: one(v) for k, v in scope(plan, "service", "repo").items()}
    plan.arguments = place | ({"status": "failed"} if failed else {}) | ({"period": plan.period.value} if plan.period else {})
    return plan


def list_issues(plan: Plan, reading: Reading) -> Plan:
    """Issues, open ones unless said otherwise."""
    words = [w for w in ("bug" if reading.has("BUG") else "",) if w]
    priority = PRIORITIES.search(reading.text)
    level = ((priority["p"] or priority["q"]) if priority else "") or ""
    plan.metrics, plan.tool, plan.period = [], "jira.search_issues", None
    terms = [*words, *([level] if level else [])]
    older = OLDER.search(reading.text)
    state = "done" if reading.has("FINISH") and not reading.has("OPEN") else "in_progress" if reading.has("WIP") else "open"
    place: dict[str, Any] = {k: one(v) for k, v in scope(plan, "team", "project").items()}
    plan.arguments = place | {"state": state} | ({"query": " ".join(terms)} if terms else {})
    plan.arguments |= least_age(reading, older)
    return plan


def least_age(reading: Reading, older: re.Match[str] | None) -> dict[str, object]:
    """From which age on, in days; with one the oldest come first, which "stuck" and "oldest" ask for as well."""
    if older:
        return {"older_than_days": days_of(older)}
    return {"older_than_days": 7} if reading.has("STALE") else {"older_than_days": 0} if reading.has("AGE") else {}


def list_sprint(plan: Plan, reading: Reading) -> Plan:
    """What was in a sprint, or rolled over."""
    plan.metrics = ["sprint_spillover"] if reading.has("CARRY") else []
    plan.tool, plan.period = "jira.sprint_report", None
    plan.arguments = {k: one(v) for k, v in scope(plan, "team", "project").items()} | {
        "which": reading.sprint if reading.sprint and ":" not in reading.sprint else "last"
    }
    return plan


def list_epics(plan: Plan, reading: Reading) -> Plan:
    """Epics and how far they are."""
    plan.metrics, plan.tool, plan.period = ["epic_progress"], "jira.epic_progress", None
    plan.arguments = {k: one(v) for k, v in scope(plan, "team", "project").items()}
    return plan


def list_places(tool: str) -> Callable[[Plan, Reading], Plan]:
    """Repositories or projects."""

    def make(plan: Plan, reading: Reading) -> Plan:
        plan.metrics, plan.tool, plan.period, plan.arguments = [], tool, None, {}
        return plan

    return make


def list_incidents(plan: Plan, reading: Reading) -> Plan:
    """Incidents of a window; with the time each took where that is asked for."""
    timed = "time_to_restore" in reading.metrics
    plan.metrics, plan.tool = ["time_to_restore" if timed else "incident_count"], "metrics.trace_figure"
    return plan


LISTS: tuple[tuple[Callable[[Reading], bool], Callable[[Plan, Reading], Plan]], ...] = (
    (lambda r: r.has("CARRY") or (r.has("SPRINT") and r.sprint is not None), list_sprint),
    (lambda r: r.has("DEPLOY") and not r.has("PR"), list_deployments),
    (lambda r: r.has("PR"), list_prs),
    (lambda r: r.has("INCIDENT"), list_incidents),
    (lambda r: r.has("EPIC"), list_epics),
    (lambda r: bool(r.concepts & {"TICKET", "BUG"}), list_issues),
    (lambda r: r.has("REPO"), list_places("github.list_repositories")),
    (lambda r: r.has("PROJECT"), list_places("jira.list_projects")),
)

SPECIAL: dict[Intent, Callable[[Plan, Reading, Names, Calendar], Plan]] = {
    Intent.DASHBOARD: dashboard,
    Intent.BRIEFING: briefing,
    Intent.STATUS: status,
    Intent.META: meta,
    Intent.DEFINITION: definition,
    Intent.ANOMALY: anomaly,
    Intent.FORECAST: forecast,
    Intent.RISK: risk,
    Intent.WHY: why,
    Intent.EXPLAIN: explain,
    Intent.LIST: listing,
}
