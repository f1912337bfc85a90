"""Which pull requests were forgotten?"""

from servers.metrics import facts
from servers.metrics.metric import SNAP, Count, Metric, Snapshot

_OPEN = f"from {{rows}} f where f.created_at <= :known_end and {facts.open_after(':known_end')}"

stale_pr_count = Metric(
    id="stale_pr_count",
    title="Stale PRs",
    question="Which pull requests were forgotten?",
    doc="Open, non-draft pull requests whose last human activity is stale_days (7) or more ago.",
    family="review",
    fact=facts.pull_request,
    at="f.last_human_activity_at",
    snapshot=Snapshot("f.created_at", "coalesce(f.merged_at, f.closed_at)"),
    where=f"not f.is_draft and {facts.open_after(':snap_first')} and "
    "coalesce(f.last_human_activity_at, f.created_at) <= t.at - make_interval(secs => :stale_days * 86400)",
    measure=Count(),
    unit="pull requests",
    better="lower",
    dimensions=facts.DG,
    grains=SNAP,
    needs=("pull_requests",),
    asides={"open": f"select count(*) {_OPEN}", "open_not_draft": f"select count(*) {_OPEN} and not f.is_draft"},
    lists={"ids": "true"},
    chart="area",
    edges="Comments of bots are no activity; exactly 7 days counts. Past points of a series only know the last activity, so they are a lower bound.",
    beware="Comments that only bump.",
    synonyms=(
        "stale PRs",
        "forgotten pull requests",
        "stale pull requests",
        "abandoned open PRs",
        "inactive PRs",
        "vergessene Pull Requests",
        "PR oubliées",
        "PR estancadas",
        "放置PR",
        "陈旧PR",
    ),
)
