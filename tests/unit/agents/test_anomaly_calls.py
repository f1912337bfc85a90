"""Which control charts a question about signals asks for."""

from agents.calls import calls_for
from agents.names import Names
from agents.plan import Intent, Plan


def test_a_metric_without_weeks_is_judged_by_months() -> None:
    """Weekly signals over several metrics ask the change fail rate by month instead of failing for it."""
    plan = Plan(intent=Intent.ANOMALY, metrics=["throughput", "change_fail_rate"], grain="week", tool="metrics.find_anomalies")
    assert [call.arguments for call in calls_for(plan, Names())] == [
        {"metric": "throughput", "grain": "week"},
        {"metric": "change_fail_rate", "grain": "month"},
    ]
