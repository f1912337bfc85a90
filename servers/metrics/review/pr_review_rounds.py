"""How much back and forth?"""

from servers.metrics import facts
from servers.metrics.metric import WEEK_UP, Metric, Percentile

pr_review_rounds = Metric(
    id="pr_review_rounds",
    title="Review rounds",
    question="How much back and forth does a review take?",
    doc="Mean number of groups of human reviews separated by a push, over reviewed merged pull requests; also the share with more than two.",
    family="review",
    fact=facts.pull_request,
    at="f.merged_at",
    measure=Percentile("nullif(f.review_rounds, 0)", mean=True),
    unit="rounds",
    better="lower",
    dimensions=facts.DG,
    grains=WEEK_UP,
    needs=("pull_requests",),
    extras={
        "share_over_2": "(count(*) filter (where f.review_rounds > 2))::float8 / nullif(count(nullif(f.review_rounds, 0)), 0)",
        "no_review": "count(*) filter (where coalesce(f.review_rounds, 0) = 0)",
    },
    chart="histogram",
    alarms=("split_pull_requests",),
    edges="Unreviewed pull requests are out, counted; a force push is a push.",
    beware="Always exactly 1.0 together with large pull requests suggests rubber stamps.",
    synonyms=(
        "review rounds",
        "review iterations",
        "back and forth in reviews",
        "rounds of review",
        "Review-Runden",
        "allers-retours de revue",
        "rondas de revisión",
        "レビュー往復",
    ),
)
