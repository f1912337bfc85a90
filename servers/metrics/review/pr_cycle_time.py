"""How long from first commit to merge?"""

from servers.metrics import facts
from servers.metrics.metric import WEEK_UP, Band, Metric, Percentile, Spans

pr_cycle_time = Metric(
    id="pr_cycle_time",
    title="PR cycle time",
    question="How long from first commit to merge?",
    doc="Median hours from a pull request's first commit (at most 60 days before it was opened) to its merge.",
    family="review",
    fact=facts.pull_request,
    at="f.merged_at",
    measure=Percentile("elapsed(f.first_commit_at; f.merged_at)"),
    unit="hours",
    better="lower",
    dimensions=facts.DG,
    grains=WEEK_UP,
    clock=True,
    needs=("pull_requests",),
    bands=(Band("linearb_2026", "LinearB 2026, p75, theirs ends at release", (("elite", 25), ("good", 73), ("fair", 162), ("needs focus", None)), "p75"),),
    stages=Spans(
        "f.first_commit_at",
        (("coding", "f.ready_at"), ("pickup", "coalesce(f.first_review_at, f.merged_at)"), ("review", "f.merged_at")),
    ),
    chart="percentiles",
    charts=("phases",),
    alarms=("split_pull_requests",),
    edges="Reopened pull requests count at the merge; revert pull requests are in.",
    beware="It says nothing about a person.",
    synonyms=(
        "PR cycle time", "cycle time", "pull request cycle time", "merge time", "time to merge", "how long do pull requests take", "PR-Durchlaufzeit",
        "Zykluszeit", "temps de cycle des PR", "tiempo de ciclo de PR", "tempo de ciclo de PR", "PRサイクルタイム", "PR周期时间",
    ),
)  # fmt: skip
