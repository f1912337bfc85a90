"""What is getting old right now?"""

from servers.metrics import facts
from servers.metrics.flow.wip import AGE_DAYS, AGING
from servers.metrics.metric import SNAP, Metric, Percentile, Snapshot

work_item_age = Metric(
    id="work_item_age",
    title="Work item age",
    question="What is getting old right now?",
    doc="Median days since items in progress were first started; over_sle lists those older than the 85th percentile of cycle time of the last 90 days.",
    family="flow",
    fact=facts.issue_state,
    at="f.from_at",
    snapshot=Snapshot("f.from_at", "f.to_at"),
    measure=Percentile(AGE_DAYS),
    unit="days",
    better="lower",
    dimensions=facts.DI,
    grains=SNAP,
    needs=("issues",),
    asides=AGING,
    chart="waiting",
    edges="The first start counts, also after going back.",
    beware="None: it can still be acted on.",
    synonyms=(
        "work item age",
        "WIP age",
        "aging",
        "aging work",
        "oldest tickets in progress",
        "getting old",
        "Alter der Arbeit",
        "âge des tickets en cours",
        "antigüedad",
        "作業項目の経過日数",
    ),
)
