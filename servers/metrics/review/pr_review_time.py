"""How long from first look to merge?"""

from servers.metrics import facts
from servers.metrics.metric import WEEK_UP, Band, Metric, Percentile, Spans

pr_review_time = Metric(
    id="pr_review_time",
    title="Review time",
    question="How long from first look to merge?",
    doc="Median hours from the first human review to the merge; for one pull request coding, pickup and review time add up to its cycle time.",
    family="review",
    fact=facts.pull_request,
    at="f.merged_at",
    measure=Percentile("elapsed(f.first_review_at; f.merged_at)"),
    unit="hours",
    better="lower",
    dimensions=facts.DG,
    grains=WEEK_UP,
    clock=True,
    needs=("pull_requests",),
    bands=(Band("linearb", "LinearB, average", (("elite", 5), ("good", 14), ("fair", 29), ("needs focus", None)), "mean"),),
    extras={"no_review": "count(*) filter (where f.first_review_at is null)"},
    stages=Spans("f.first_review_at", (("review", "coalesce(f.last_approval_at, f.merged_at)"), ("approval to merge", "f.merged_at"))),
    chart="percentiles",
    charts=("phases",),
    phase_of="pr_cycle_time",
    alarms=("split_pull_requests",),
    edges="Unreviewed pull requests are out, counted.",
    beware="Skipped review makes it look fast.",
    synonyms=(
        "review time",
        "PR review time",
        "slow reviews",
        "slowest reviews",
        "review duration",
        "Review-Dauer",
        "Reviewzeit",
        "temps de revue",
        "tiempo de revisión",
        "tempo de revisão",
        "レビュー時間",
        "评审时间",
    ),
)
