"""Every question that the product answers: each metric of the catalogue and each report, asked through the tools as a model asks them."""

from collections.abc import Iterator
from typing import Any

from servers.metrics.catalogue import CATALOGUE

Asked = tuple[str, str, dict[str, Any]]
"""What it is called here, the tool, its arguments."""
REPORTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("metrics_dora_report", {}),
    ("metrics_dora_report", {"period": "last_12_months"}),
    ("metrics_executive_report", {}),
    ("metrics_executive_report", {"team": "team-0"}),
    ("metrics_explain_change", {"metric": "change_lead_time", "period": "last_90_days"}),
    ("metrics_explain_change", {"metric": "issue_cycle_time", "period": "last_90_days"}),
    ("metrics_explain_change", {"metric": "deployment_frequency", "period": "last_90_days"}),
    ("metrics_explain_change", {"metric": "change_fail_rate", "period": "last_90_days"}),
    ("metrics_find_anomalies", {}),
    ("metrics_find_anomalies", {"by": "team", "grain": "week"}),
    ("metrics_find_anomalies", {"by": "team", "grain": "month"}),
    ("metrics_forecast", {"kind": "when", "team": "team-0"}),
    ("metrics_forecast", {"kind": "how_many", "team": "team-0", "by": "2026-12-31"}),
    ("metrics_assess_risk", {"kind": "sprint"}),
    ("metrics_assess_risk", {"kind": "pr"}),
    ("metrics_assess_risk", {"kind": "epic"}),
    ("metrics_data_freshness", {}),
    ("jira_sprint_report", {"team": "team-0"}),
    ("jira_epic_progress", {}),
    ("jira_epic_progress", {"team": "team-0"}),
    ("jira_search_issues", {}),
    ("github_search_pull_requests", {}),
    ("github_list_deployments", {}),
)
OF_ONE_TEAM = frozenset({"sprint_report", "sprint_velocity"})
"""Metrics that want to know whose sprint is meant."""


def product() -> Iterator[Asked]:
    """Each metric over 90 days, and cut by team where it has teams; then the reports."""
    for metric in CATALOGUE.values():
        asked = {"metric": metric.id, "period": "last_90_days", "compare": "previous"}
        yield metric.id, "metrics_query_metric", asked | ({"filters": {"team": "team-0"}} if metric.id in OF_ONE_TEAM else {})
        if metric.aggregated and "team" in metric.dimensions:
            yield f"{metric.id} by team", "metrics_query_metric", asked | {"group_by": ["team"]}
    for tool, arguments in REPORTS:
        words = " ".join(map(str, arguments.values()))
        yield f"{tool.split('_', 1)[1]} {words}".strip(), tool, arguments
