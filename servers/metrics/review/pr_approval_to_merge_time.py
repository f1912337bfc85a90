"""Why does approved work not land?"""

from servers.metrics import facts
from servers.metrics.metric import WEEK_UP, Metric, Percentile

pr_approval_to_merge_time = Metric(
    id="pr_approval_to_merge_time",
    title="Merge delay",
    question="Why does approved work not land?",
    doc="Median hours from the last standing human approval to the merge.",
    family="review",
    fact=facts.pull_request,
    at="f.merged_at",
    measure=Percentile("elapsed(f.last_approval_at; f.merged_at)"),
    unit="hours",
    better="lower",
    dimensions=facts.DG,
    grains=WEEK_UP,
    clock=True,
    needs=("pull_requests",),
    extras={"no_approval": "count(*) filter (where f.last_approval_at is null)"},
    chart="percentiles",
    edges="Pull requests without approval are out, counted.",
    beware="Merge queues and freezes: annotate them.",
    synonyms=(
        "approval to merge",
        "merge delay",
        "approved but not merged",
        "time from approval to merge",
        "Zeit von Freigabe bis Merge",
        "délai de fusion",
        "retraso de fusión",
    ),
)
