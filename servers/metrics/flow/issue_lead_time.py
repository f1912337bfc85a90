"""How long does a requester wait?"""

from servers.metrics import facts
from servers.metrics.metric import WEEK_UP, Metric, Percentile, Spans

issue_lead_time = Metric(
    id="issue_lead_time",
    title="Request lead time",
    question="How long does a requester wait?",
    doc="Median days from the creation of an item to done; also p85.",
    family="flow",
    fact=facts.issue,
    at="f.done_at",
    where="not f.cancelled{max_age}",
    measure=Percentile("extract(epoch from f.done_at - f.created_at) / 86400"),
    unit="days",
    better="lower",
    dimensions=facts.DI,
    grains=WEEK_UP,
    needs=("issues",),
    variants={"max_age": {"none": "", "1y": " and f.done_at - f.created_at <= interval '1 year'"}},
    stages=Spans("f.created_at", (("waiting to start", "f.start_at"), ("in progress", "f.done_at"))),
    chart="scatter",
    alarms=("bulk_closing",),
    edges="Backlog clean-ups can be left out with max_age = 1y.",
    beware="Late ticket creation.",
    synonyms=(
        "request lead time",
        "lead time of tickets",
        "ticket lead time",
        "issue lead time",
        "lead time of requests",
        "time from request to done",
        "Wartezeit der Anforderer",
        "délai de traitement des tickets",
        "リードタイム",
    ),
)
