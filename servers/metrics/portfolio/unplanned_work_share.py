"""How reactive are we?"""

from servers.metrics import facts
from servers.metrics.metric import MONTH_UP, Metric, Ratio
from servers.metrics.review.work_traceability import TRACEABLE

unplanned_work_share = Metric(
    id="unplanned_work_share",
    title="Unplanned work",
    question="How reactive are we?",
    doc="Effort on incidents, keeping the lights on, defects of priority High or above and items that joined a running sprint, divided by all effort; "
    "effort is that of investment_allocation.",
    family="portfolio",
    fact=facts.effort,
    at="f.at",
    measure=Ratio("case when f.unplanned then f.effort_days else 0 end", "f.effort_days", sums=True),
    unit="ratio",
    better="lower",
    dimensions=facts.DP,
    grains=MONTH_UP,
    needs=("issues",),
    extras={
        "unplanned_days": "coalesce(sum(f.effort_days) filter (where f.unplanned), 0)::float8",
        "effort_days": "coalesce(sum(f.effort_days), 0)::float8",
    },
    trust=(TRACEABLE,),
    chart="ratio",
    edges="A missing priority is not High; days without anything in progress are out.",
    beware="Priority inflation.",
    synonyms=(
        "unplanned work",
        "reactive work",
        "interrupt work",
        "firefighting",
        "how reactive are we",
        "ungeplante Arbeit",
        "travail non planifié",
        "trabajo no planificado",
        "計画外作業",
        "计划外工作",
    ),
)
