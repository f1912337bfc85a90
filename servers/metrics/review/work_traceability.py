"""Can we trust portfolio numbers?"""

from servers.metrics import facts
from servers.metrics.metric import MONTH_UP, Check, Metric, Ratio

TRACEABLE = Check(
    code="pull_requests_linked",
    rows="{rows:pull_request}",
    at="f.merged_at",
    have="f.has_issue_link",
    words="merged pull requests are linked to an issue",
    remedy="the work of the others is not seen here; name the issue in the branch, the title or a commit.",
    bar=0.8,
    refuses=False,
)
"""What portfolio numbers from issues rest on (house rule)."""

work_traceability = Metric(
    id="work_traceability",
    title="Traceability",
    question="Can we trust portfolio numbers?",
    doc="Merged pull requests linked to at least one issue, divided by merged pull requests.",
    family="portfolio",
    fact=facts.traced,
    at="f.merged_at",
    measure=Ratio("f.has_issue_link"),
    unit="ratio",
    better="higher",
    dimensions=("team", "repo", "project", "work_class"),
    grains=MONTH_UP,
    needs=("pull_requests", "issues"),
    reference="Below 0.8 portfolio answers carry a warning (house rule).",
    chart="share_bars",
    expected=(0.8, "80 %, below which portfolio answers carry a warning"),
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
