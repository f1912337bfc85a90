"""How much rolls over?"""

from servers.metrics import facts, sizes
from servers.metrics.metric import SPRINT_AND_LONGER, Metric, Ratio

sprint_spillover = Metric(
    id="sprint_spillover",
    title="Spillover",
    question="How much rolls over?",
    doc="Share of the work in closed sprints at their end that was not done, at its size at the end.",
    family="sprint",
    fact=facts.sprint_issue,
    at="f.completed_at",
    measure=Ratio("case when f.spilled then f.w1 end", "case when f.done or f.spilled then f.w1 end", sums=True),
    unit="ratio",
    better="lower",
    dimensions=facts.DS,
    grains=SPRINT_AND_LONGER,
    needs=("issues",),
    min_n=1,
    extras={"basis": sizes.BASIS, "unestimated": sizes.UNESTIMATED, "sprints": "count(distinct f.sprint_id)"},
    lists={"spilled": "f.spilled", "carried_twice": "f.spilled and f.carried >= 2"},
    chart="share_bars",
    edges="What was moved out before the end is removed, not spilled.",
    beware="Splitting and closing on the last day.",
    synonyms=(
        "spillover", "carry-over", "carried over", "rolled over", "rollover", "unfinished sprint work",
        "how much rolls over", "Übertrag", "Sprint-Übertrag", "report de sprint", "arrastre", "trabajo arrastrado", "transbordo", "持ち越し", "结转",
    ),
)  # fmt: skip
