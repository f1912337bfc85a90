"""Does the backlog grow?"""

from servers.metrics import facts
from servers.metrics.metric import WEEK_UP, Metric, Total

net_flow = Metric(
    id="net_flow",
    title="Net flow",
    question="Does the backlog grow?",
    doc="Items created minus done minus cancelled, each counted at its own time.",
    family="flow",
    fact=facts.issue_event,
    at="f.event_at",
    measure=Total("f.change"),
    unit="items",
    better="lower",
    dimensions=facts.DI,
    grains=WEEK_UP,
    needs=("issues",),
    extras={
        **{name: f"count(*) filter (where f.event = '{name}')" for name in ("created", "done", "cancelled")},
        "defects": "coalesce(sum(f.change) filter (where f.work_class = 'defect'), 0)::int",
    },
    parts=("created", "done", "cancelled"),
    chart="balance",
    alarms=("bulk_closing",),
    edges="A reopened item is not done.",
    beware="Closing unread.",
    synonyms=(
        "net flow",
        "backlog growth",
        "created versus done",
        "does the backlog grow",
        "arrivals and departures",
        "Backlog-Wachstum",
        "croissance du backlog",
        "crecimiento del backlog",
        "バックログ増減",
    ),
)
