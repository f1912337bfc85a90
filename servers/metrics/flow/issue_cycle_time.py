"""How long from start to done?"""

from servers.metrics import facts
from servers.metrics.metric import WEEK_UP, Metric, Percentile, Splits

issue_cycle_time = Metric(
    id="issue_cycle_time",
    title="Issue cycle time",
    question="How long from start to done?",
    doc="Median days from the first entry into progress to done, of finished items; also p85.",
    family="flow",
    fact=facts.issue,
    at="f.done_at",
    where="not f.cancelled",
    measure=Percentile("elapsed(f.start_at; f.done_at) / {day_hours}"),
    unit="days",
    better="lower",
    dimensions=facts.DI,
    grains=WEEK_UP,
    clock=True,
    needs=("issues",),
    extras={"no_start": "count(*) filter (where f.start_at is null)"},
    warns={
        "no_transition_history": (
            "select exists (select 1 from {window} f where f.has_history is false)",
            "some items have no status history, so only creation and resolution are known.",
        )
    },
    stages=Splits((("active", "f.active_hours / 24"), ("waiting", "f.waiting_hours / 24")), rest="back in todo"),
    chart="scatter",
    alarms=("bulk_closing",),
    edges="Items that never were in progress are no_start, not 0; a reopened item runs to its last done; time back in todo counts.",
    beware="Late opening and early closing.",
    synonyms=(
        "issue cycle time", "cycle time of tickets", "ticket cycle time", "story cycle time", "flow time", "cycle time", "how long tickets take",
        "Ticket-Durchlaufzeit", "Zykluszeit von Tickets", "temps de cycle des tickets", "tiempo de ciclo de tickets", "サイクルタイム", "周期时间",
    ),
)  # fmt: skip
