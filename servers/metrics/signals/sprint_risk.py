"""Will this sprint miss?"""

from servers.metrics import facts
from servers.metrics.metric import Computed, Metric, Snapshot

sprint_risk = Metric(
    id="sprint_risk",
    title="Sprint risk",
    question="Will this sprint miss?",
    doc="Risk 0 to 100 of each running sprint: pace against time, chance of finishing what remains, added scope, work not started, ageing, blocked and "
    "unestimated items, each with its contribution; the value is the highest. Low below 30, medium below 60, else high; no level in the first fifth.",
    family="signals",
    fact=facts.issue,
    at="f.created_at",
    snapshot=Snapshot("f.created_at", "f.done_at"),
    where="f.level = 'item' and f.done_at is null and not f.cancelled",
    measure=Computed("servers.metrics.sprint_risks:answer", "the highest risk, with every sprint's contributions", "assess_risk"),
    unit="risk of 100",
    better="lower",
    dimensions=("team", "project"),
    grains=("total",),
    needs=("issues",),
    edges="A factor that cannot be known drops out; below 60 % of the weight there is no score. A sprint without scope has no risk.",
    beware="House weights, not learned; a reason to talk, not a verdict.",
    chart="contributions",
    synonyms=(
        "sprint risk",
        "risk of the sprint",
        "sprint at risk",
        "will the sprint finish",
        "Sprint-Risiko",
        "risque du sprint",
        "スプリントのリスク",
    ),
)
