"""Do we finish what we said?"""

from servers.metrics import facts, sizes
from servers.metrics.metric import SPRINT_AND_LONGER, Band, Metric, Ratio

sprint_say_do = Metric(
    id="sprint_say_do",
    title="Say-do ratio",
    question="Do we finish what we said?",
    doc="Share of the work committed at the start of closed sprints that was done in them, at its size at the start; points where at least 80 % is "
    "estimated and one team's, else items.",
    family="sprint",
    fact=facts.sprint_issue,
    at="f.completed_at",
    measure=Ratio("case when f.committed and f.done then f.w0 end", "case when f.committed then f.w0 end", sums=True),
    unit="ratio",
    better="higher",
    dimensions=facts.DS,
    grains=SPRINT_AND_LONGER,
    needs=("issues",),
    min_n=1,
    bands=(
        Band("linearb", "LinearB, planning accuracy", (("elite", 0.8), ("good", 0.65), ("fair", 0.4), ("needs focus", None)), exclusive_best=True),
    ),
    extras={"basis": sizes.BASIS, "unestimated": sizes.UNESTIMATED, "sprints": "count(distinct f.sprint_id)"},
    lists={"missed": "f.committed and not f.done"},
    chart="counted",
    edges="Work done or cancelled before the start is no commitment; nothing committed gives no value. Several sprints are summed in one unit.",
    beware="Sandbagging: a constant 100 % means too little is committed. Completion, which counts added work too, may exceed 100 % and is not say-do.",
    synonyms=(
        "say/do", "say do ratio", "say-do", "commitment kept", "sprint commitment", "sprint completion", "planning accuracy", "sprint goal met",
        "do we finish what we said", "sprint predictability", "Zusagentreue", "Sprint-Zusage", "engagement de sprint", "compromiso del sprint",
        "compromisso da sprint", "コミットメント達成率", "承诺完成率",
    ),
)  # fmt: skip
