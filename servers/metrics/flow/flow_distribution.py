"""Which kinds of work do we finish?"""

from servers.metrics import facts
from servers.metrics.metric import MONTH_UP, Metric, Shares

CLASSES = ("new_capability", "improvement", "defect", "tech_debt", "ktlo", "risk", "unclassified")
"""Work classes; whatever is none of the others is unclassified."""
COLUMN = "case when f.work_class in ('new_capability', 'improvement', 'defect', 'tech_debt', 'ktlo', 'risk') then f.work_class else 'unclassified' end"
"""The class of an item, as SQL."""

flow_distribution = Metric(
    id="flow_distribution",
    title="Flow distribution",
    question="Which kinds of work do we finish?",
    doc="Share of finished items per work class, unclassified included; the shares sum to 1.",
    family="flow",
    fact=facts.issue,
    at="f.done_at",
    where="not f.cancelled",
    measure=Shares(COLUMN, "work_class", CLASSES),
    unit="share",
    better="context",
    dimensions=facts.DI,
    grains=MONTH_UP,
    needs=("issues",),
    warns={
        "unclassified": (
            f"select count(*) filter (where {COLUMN} = 'unclassified') > 0.2 * count(*) from {{window}} f",
            "more than 20 % of the items have no work class; map issue types or labels.",
        )
    },
    chart="stacked",
    usual_cut="work_class",
    edges="Unclassified items are a class of their own.",
    beware="Items differ in size.",
    synonyms=(
        "flow distribution",
        "kinds of work",
        "bug ratio",
        "share of bugs",
        "work mix",
        "type of tickets",
        "Verteilung der Arbeit",
        "répartition du travail",
        "distribución del trabajo",
        "作業の内訳",
    ),
)
