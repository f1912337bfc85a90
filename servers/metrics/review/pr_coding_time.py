"""How long before it is offered for review?"""

from servers.metrics import facts
from servers.metrics.metric import WEEK_UP, Band, Metric, Percentile

pr_coding_time = Metric(
    id="pr_coding_time",
    title="Coding time",
    question="How long before a pull request is offered for review?",
    doc="Median hours from first commit to the first moment open and not draft, of merged pull requests; one merged as a draft counts up to its merge.",
    family="review",
    fact=facts.pull_request,
    at="f.merged_at",
    measure=Percentile("extract(epoch from least(coalesce(f.ready_at, f.merged_at), f.merged_at) - f.first_commit_at) / 3600"),
    unit="hours",
    better="context",
    dimensions=facts.DG,
    grains=WEEK_UP,
    needs=("pull_requests",),
    bands=(Band("linearb", "LinearB, average", (("elite", 19), ("good", 44), ("fair", 99), ("needs focus", None)), "mean"),),
    chart="percentiles",
    charts=("phases",),
    phase_of="pr_cycle_time",
    edges="Draft time is part of it.",
    beware="Force pushes shorten it.",
    synonyms=(
        "coding time",
        "time in development",
        "draft time",
        "Programmierzeit",
        "Entwicklungszeit",
        "temps de codage",
        "tiempo de codificación",
        "コーディング時間",
    ),
)
