"""Can we trust portfolio numbers?"""

from servers.metrics import facts
from servers.metrics.metric import MONTH_UP, Metric, Ratio

work_traceability = Metric(
    id="work_traceability",
    title="Traceability",
    question="Can we trust portfolio numbers?",
    doc="Merged pull requests linked to at least one issue, divided by merged pull requests.",
    family="portfolio",
    fact=facts.pull_request,
    at="f.merged_at",
    measure=Ratio("f.has_issue_link"),
    unit="ratio",
    better="higher",
    dimensions=("team", "repo", "work_class"),
    grains=MONTH_UP,
    needs=("pull_requests", "issues"),
    reference="Below 0.8 portfolio answers carry a warning (house rule).",
    chart="share_bars",
    edges="Bots are out.",
    beware="Dummy tickets.",
    synonyms=(
        "traceability",
        "linked to tickets",
        "PRs with an issue",
        "work without a ticket",
        "Nachverfolgbarkeit",
        "traçabilité",
        "trazabilidad",
        "トレーサビリティ",
    ),
)
