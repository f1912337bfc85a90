"""How long until a human looks?"""

from servers.metrics import facts
from servers.metrics.metric import WEEK_UP, Band, Metric, Percentile

pr_pickup_time = Metric(
    id="pr_pickup_time",
    title="Time to first review",
    question="How long until a human looks at a pull request?",
    doc="Median hours from ready for review to the first review by a human who is not the author, of merged pull requests that had one.",
    family="review",
    fact=facts.pull_request,
    at="f.merged_at",
    measure=Percentile("elapsed(f.ready_at; f.first_review_at)"),
    unit="hours",
    better="lower",
    dimensions=facts.DG,
    grains=WEEK_UP,
    clock=True,
    needs=("pull_requests",),
    bands=(
        Band("linearb", "LinearB, average", (("elite", 7), ("good", 13), ("fair", 20), ("needs focus", None)), "mean"),
        Band("linearb_p75", "LinearB, p75", (("elite", 1), ("good", 3), ("fair", 14), ("needs focus", None)), "p75", default=False),
    ),
    extras={"no_review": "count(*) filter (where f.first_review_at is null)"},
    chart="percentiles",
    charts=("histogram", "phases"),
    phase_of="pr_cycle_time",
    alarms=("split_pull_requests",),
    edges="Unreviewed pull requests are no_review, not 0; bots, AI, the author and reviews after the merge do not count; a review of a draft counts as 0.",
    beware="Rubber stamps; read with review rounds and reverts.",
    synonyms=(
        "time to first review", "pickup time", "PR pickup", "wait for a first review", "review waiting time", "wait for review", "review latency",
        "Wartezeit auf Review", "attente de revue", "espera de revisión", "espera por revisão", "レビュー待ち時間", "等待评审时间",
    ),
)  # fmt: skip
