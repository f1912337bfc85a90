"""From a plan to the tool calls that answer it; the calls are fixed before any row is read."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from agents.names import Names
from agents.plan import Filter, Intent, Plan
from servers.metrics.catalogue import CATALOGUE
from servers.metrics.metric import Metric, Ratio

PARTS = {"this_year": "quarter", "last_year": "quarter", "last_12_months": "quarter", "last_4_quarters": "quarter"}


@dataclass(frozen=True)
class Call:
    """One tool call. `role` says what the composer does with it; `after` names a call whose evidence it needs."""

    id: str
    tool: str
    arguments: dict[str, Any] = field(default_factory=dict)
    role: str = "main"
    after: str | None = None


def calls_for(plan: Plan, names: Names) -> list[Call]:
    """The calls of a plan, in the order in which they are shown."""
    maker = MAKERS.get(plan.tool or "", other_tool)
    return maker(plan, names)


def numbered(pairs: list[tuple[str, dict[str, Any], str]]) -> list[Call]:
    """Calls with ids e1, e2, …"""
    return [Call(f"e{i}", tool, arguments, role) for i, (tool, arguments, role) in enumerate(pairs, 1)]


def metric_calls(plan: Plan, names: Names) -> list[Call]:
    """One query per metric; a change inside the window also asks for its parts per group."""
    pairs = [("metrics.query_metric", query(plan, metric, names), "main") for metric in plan.metrics]
    if plan.change_inside:
        pairs = [("metrics.query_metric", query(plan, m, names) | {"group_by": None, "grain": plan.grain}, "series") for m in plan.metrics]
        pairs += [("metrics.query_metric", query(plan, m, names) | {"grain": part_grain(plan)}, "parts") for m in plan.metrics]
    return numbered([(tool, clean(arguments), role) for tool, arguments, role in pairs])


def clean(arguments: dict[str, Any]) -> dict[str, Any]:
    """Without what was not given."""
    return {name: value for name, value in arguments.items() if value not in (None, [], {}, "")}


def query(plan: Plan, metric: str, names: Names) -> dict[str, Any]:
    """Arguments of query_metric for one metric of the plan."""
    filters = filters_for(plan, metric, names)
    known = CATALOGUE.get(metric)
    groups = [g for g in plan.group_by if g != "sprint" and (len(plan.metrics) == 1 or known is None or tells(known, g))]
    if not groups and plan.intent in (Intent.COMPARE, Intent.VALUE, Intent.TREND):
        groups = [kind for kind, value in filters.items() if isinstance(value, list)][:1]
    sprint = known is not None and "sprint" in known.grains
    if sprint and plan.arguments.get("sprint"):
        filters = {**filters, "sprint": plan.arguments["sprint"]}
    return {
        "metric": metric,
        "period": plan.period.value if plan.period and not sprint else None,
        "grain": "sprint" if sprint else plan.grain or ("total" if not plan.chart or groups else None),
        "group_by": groups,
        "filters": filters,
        "compare": plan.compare.value if plan.compare else None,
        "as_of": plan.arguments.get("as_of"),
    }


def tells(metric: Metric, dimension: str) -> bool:
    """Whether a cut says anything: the metric has it, and is not the share of its members, which would be all or nothing in each."""
    own = isinstance(metric.measure, Ratio) and metric.fact.dimensions.get(dimension, "?") in metric.measure.numerator
    return dimension in metric.dimensions and not own


def filters_for(plan: Plan, metric: str, names: Names) -> dict[str, Filter]:
    """The plan's filters in dimensions that the metric has: a project stands for its team where only teams are known."""
    filters = dict(plan.filters)
    if "project" in filters and metric in CATALOGUE and "project" not in CATALOGUE[metric].dimensions:
        keys = filters.pop("project")
        teams = [names.projects.get(key) for key in ([keys] if isinstance(keys, str) else keys)]
        known = [team for team in teams if team]
        if known and "team" not in filters:
            filters["team"] = known[0] if len(known) == 1 else known
    return filters


def part_grain(plan: Plan) -> str:
    """Parts of a window: a year has quarters, a half or quarter months, anything shorter weeks."""
    if plan.period is None:
        return "month"
    value = plan.period.value
    if value in PARTS or value.isdigit():
        return "quarter"
    days = (date_of(plan.period.end) - date_of(plan.period.start)).days
    return "quarter" if days > 300 else "month" if days > 60 else "week"


def date_of(text: str) -> date:
    """The day of a bound."""
    return date.fromisoformat(text[:10])


def report_calls(plan: Plan, names: Names) -> list[Call]:
    """A report of several metrics; the comparison is the period before."""
    scope = {k: v for k, v in plan.filters.items() if k in ("team", "service") and isinstance(v, str)}
    if "project" in plan.filters and "team" not in scope and isinstance(plan.filters["project"], str):
        scope |= {"team": names.projects.get(plan.filters["project"]) or plan.filters["project"]}
    period = plan.period.value if plan.period else None
    return numbered(
        [(plan.tool or "", clean({"period": period, **scope, "compare": plan.compare.value if plan.compare else "previous"}), "report")]
    )


def definition_calls(plan: Plan, _names: Names) -> list[Call]:
    """One description per metric."""
    return numbered([("metrics.describe_metric", {"metric": metric}, "definition") for metric in plan.metrics])


def anomaly_calls(plan: Plan, names: Names) -> list[Call]:
    """One control chart per metric; a metric without weeks is judged by months, over as many as it needs."""
    period = plan.period.value if plan.period else None
    calls = []
    for metric in plan.metrics:
        fits = plan.grain is None or metric not in CATALOGUE or plan.grain in CATALOGUE[metric].grains
        cut = {"period": period, "grain": plan.grain} if fits else {"grain": "month"}
        calls.append(("metrics.find_anomalies", clean({"metric": metric, **cut, "filters": filters_for(plan, metric, names)}), "anomaly"))
    return numbered(calls)


def risk_calls(plan: Plan, names: Names) -> list[Call]:
    """One call per kind of risk; sprints need a team."""
    scope = {k: v for k, v in plan.arguments.items() if k in ("team", "project", "repo")}
    kinds = plan.arguments.get("kinds") or [plan.arguments.get("kind", "epic")]
    calls: list[tuple[str, dict[str, Any], str]] = []
    for kind in kinds:
        if kind == "sprint" and not scope:
            calls += [("metrics.assess_risk", {"kind": "sprint", "team": team}, "risk") for team in list(names.teams)[:8]]
        else:
            calls.append(("metrics.assess_risk", {"kind": kind, **scope}, "risk"))
    return numbered(calls)


def why_calls(plan: Plan, names: Names) -> list[Call]:
    """The decomposition of a change, and the figure it decomposes."""
    metric = plan.metrics[0]
    compare = plan.compare.value if plan.compare else "previous"
    period = plan.period.value if plan.period else "last_90_days"
    explain = clean({"metric": metric, "period": period, "compare": compare, "filters": filters_for(plan, metric, names)})
    return numbered(
        [
            ("metrics.query_metric", clean(query(plan, metric, names) | {"grain": "total", "compare": compare}), "main"),
            ("metrics.explain_change", explain, "why"),
        ]
    )


def trace_calls(plan: Plan, names: Names) -> list[Call]:
    """The figure again, then the records behind it."""
    first = Call("e1", "metrics.query_metric", clean(query(plan, plan.metrics[0], names) | {"grain": "total", "group_by": None}), "main")
    return [first, Call("e2", "metrics.trace_figure", clean(dict(plan.arguments)), "trace", after="e1")]


def forecast_calls(plan: Plan, names: Names) -> list[Call]:
    """The forecast, then whatever else the plan leans on."""
    more = [metric for metric in plan.metrics if not metric.startswith("forecast")]
    pairs = [("metrics.query_metric", clean(query(plan, metric, names)), "main") for metric in more]
    return numbered([("metrics.forecast", clean(dict(plan.arguments)), "forecast"), *pairs])


def other_tool(plan: Plan, _names: Names) -> list[Call]:
    """A tool whose arguments stand in the plan."""
    return [Call("e1", plan.tool, clean(dict(plan.arguments)), plan.intent.value)] if plan.tool else []


def sprint_calls(plan: Plan, names: Names) -> list[Call]:
    """The report of one sprint; where nobody is named, of each team's."""
    given = clean(dict(plan.arguments))
    scopes = (
        [given]
        if given.keys() & {"team", "project", "sprint"} or not names.teams
        else [given | {"team": team} for team in list(names.teams)[:8]]
    )
    return numbered([("jira.sprint_report", scope, plan.intent.value) for scope in scopes])


MAKERS = {
    "jira.sprint_report": sprint_calls,
    "metrics.query_metric": metric_calls,
    "metrics.dora_report": report_calls,
    "metrics.executive_report": report_calls,
    "metrics.describe_metric": definition_calls,
    "metrics.find_anomalies": anomaly_calls,
    "metrics.assess_risk": risk_calls,
    "metrics.explain_change": why_calls,
    "metrics.forecast": forecast_calls,
    "metrics.trace_figure": trace_calls,
}
