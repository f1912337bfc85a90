"""What is stuck?"""

from servers.metrics import facts
from servers.metrics.metric import SNAP, Metric, Percentile, Snapshot

open_pr_age = Metric(
    id="open_pr_age",
    title="Age of open PRs",
    question="Which open pull requests are stuck?",
    doc="Median hours since open, non-draft pull requests were offered for review; also the oldest, and those nobody has looked at.",
    family="review",
    fact=facts.pull_request,
    at="f.ready_at",
    snapshot=Snapshot("f.ready_at", "coalesce(f.merged_at, f.closed_at)"),
    where=f"not f.is_draft and {facts.open_after(':snap_first')}",
    measure=Percentile("extract(epoch from f._at - f.ready_at) / 3600"),
    unit="hours",
    better="lower",
    dimensions=facts.DG,
    grains=SNAP,
    needs=("pull_requests",),
    extras={"without_review": "count(*) filter (where f.first_review_at is null or f.first_review_at > f._at)"},
    asides={
        "drafts": f"select count(*) from {{rows}} f where f.is_draft and f.created_at <= :known_end and {facts.open_after(':known_end')}",
        "pickup_p85_hours": "select percentile_cont(0.85) within group (order by extract(epoch from f.first_review_at - f.ready_at) / 3600)::float8 "
        "from {rows} f "
        "where f.merged_at > cast(:known_end as timestamptz) - interval '90 days' and f.merged_at <= :known_end",
    },
    lists={"ids": "true"},
    chart="waiting",
    edges="Drafts are listed apart.",
    beware="Closing and reopening resets nothing.",
    synonyms=(
        "open PR age",
        "age of open pull requests",
        "stuck PRs",
        "oldest open PRs",
        "open pull requests",
        "PRs waiting",
        "Alter offener PRs",
        "âge des PR ouvertes",
        "未マージPR",
    ),
)
