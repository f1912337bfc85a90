"""What could slip?"""

from servers.metrics import facts
from servers.metrics.metric import Computed, Metric, Snapshot

epic_risk = Metric(
    id="epic_risk",
    title="Epic health",
    question="Which epic could slip?",
    doc="Open epics whose forecast is at risk or off track against their target date, with the reasons: scope grown by more than 20 %, nothing finished for "
    "14 days, more than 30 % of what remains unestimated, items in progress longer than usual, no target date.",
    family="signals",
    fact=facts.epic,
    at="f.created_at",
    snapshot=Snapshot("f.created_at", "f.done_at"),
    where="f.done_at is null and not f.cancelled",
    measure=Computed(
        "servers.metrics.epic_risks:answer", "how many are at risk or off track, with every epic's health and reasons", "assess_risk"
    ),
    unit="epics",
    better="lower",
    dimensions=facts.DP,
    grains=("total",),
    needs=("issues",),
    edges="Without a forecast or a target date the health is unknown, not green; items not estimated count as items.",
    beware="The forecast takes today's scope and pace; new work and absences are not foreseen.",
    chart="dates",
    synonyms=(
        "epic risk",
        "epic health",
        "epics at risk",
        "epics that could slip",
        "epics that miss their date",
        "Epic-Risiko",
        "risque des epics",
    ),
)
