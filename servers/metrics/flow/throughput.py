"""How many items do we finish?"""

from servers.metrics import facts
from servers.metrics.metric import ANY, Count, Metric

throughput = Metric(
    id="throughput",
    title="Throughput",
    question="How many items do we finish?",
    doc="Items done in the window, counted whole; cancelled ones, epics and sub-tasks are out.",
    family="flow",
    fact=facts.issue,
    at="f.done_at",
    where="not f.cancelled",
    measure=Count(),
    unit="items",
    better="context",
    dimensions=facts.DI,
    grains=ANY,
    needs=("issues",),
    lists={"ids": "true"},
    chart="run",
    alarms=("bulk_closing",),
    flattering_rise=True,
    edges="Items that never were in progress count.",
    beware="Splitting.",
    synonyms=(
        "throughput",
        "flow velocity",
        "items finished",
        "tickets finished",
        "tickets done",
        "items done",
        "output of tickets",
        "finish",
        "Durchsatz",
        "débit",
        "rendimiento",
        "vazão",
        "スループット",
        "吞吐量",
    ),
)
