"""Work or wait?"""

from servers.metrics import facts
from servers.metrics.metric import MONTH_UP, Metric, Ratio

_STARTED = "f.start_at is not null and f.done_at > f.start_at"

flow_efficiency = Metric(
    id="flow_efficiency",
    title="Flow efficiency",
    question="Work or wait?",
    doc="Time in active statuses divided by the time from start to done, summed over finished items.",
    family="flow",
    fact=facts.issue,
    at="f.done_at",
    where=f"not f.cancelled and {_STARTED}",
    measure=Ratio("coalesce(f.active_hours, 0)", "extract(epoch from f.done_at - f.start_at) / 3600", sums=True),
    unit="ratio",
    better="higher",
    dimensions=facts.DI,
    grains=MONTH_UP,
    needs=("issues",),
    min_n=5,
    extras={
        "active_hours": "sum(coalesce(f.active_hours, 0))::float8",
        "waiting_hours": "sum(coalesce(f.waiting_hours, 0))::float8",
        "elapsed_hours": "sum(extract(epoch from f.done_at - f.start_at) / 3600)::float8",
    },
    configured=(
        "select exists (select 1 from fact_issue_state s where s.kind = 'waiting')",
        "No status counts as waiting, so everything would read as work; map waiting statuses in jira.statuses (kind: waiting).",
    ),
    parts=("active_hours", "waiting_hours", "elapsed_hours"),
    chart="statuses",
    charts=("spent",),
    alarms=("bulk_closing",),
    edges="Waiting, todo and done spells in between are elapsed only.",
    beware="Depends on honest statuses.",
    synonyms=(
        "flow efficiency",
        "work or wait",
        "active versus waiting",
        "waiting time of tickets",
        "Flusseffizienz",
        "efficacité du flux",
        "eficiencia de flujo",
        "フロー効率",
        "流动效率",
    ),
)
