"""Which pull requests were forgotten?"""

from servers.metrics import facts
from servers.metrics.metric import SNAP, Count, Metric, Snapshot

_OPEN = f"from {{rows}} f where f.created_at <= :known_end and {facts.open_after(':known_end')}"
_STALE = "make_interval(secs => :stale_days * 86400)"
_LAST = "coalesce(f.last_human_activity_at, f.created_at)"
_BETWEEN = f"<= t.at and {{at}} > t.at - {_STALE}"
_SILENT = (
    f"case when {_LAST} <= t.at then {_LAST} <= t.at - {_STALE} else f.created_at <= t.at - {_STALE} "
    f"and not exists (select 1 from fact_activity a where a.pr_id = f.id and a.at {_BETWEEN.format(at='a.at')}) "
    "and not exists (select 1 from pr_event e join identity w on w.id = e.actor_id and w.author_type = 'human' "
    f"where e.pr_id = f.id and e.at {_BETWEEN.format(at='e.at')}) end"
)
"""Nobody touched it for so long before an instant; of what went on since then only the reviews, pushes, comments and events before it count."""

stale_pr_count = Metric(
    id="stale_pr_count",
    title="Stale PRs",
    question="Which pull requests were forgotten?",
    doc="Open, non-draft pull requests whose last human activity is stale_days (7) or more ago.",
    family="review",
    fact=facts.pull_request,
    at="f.last_human_activity_at",
    snapshot=Snapshot("f.created_at", "coalesce(f.merged_at, f.closed_at)"),
    where=f"not f.is_draft and {facts.open_after(':snap_first')} and {_SILENT}",
    measure=Count(),
    unit="pull requests",
    better="lower",
    dimensions=facts.DG,
    grains=SNAP,
    needs=("pull_requests",),
    asides={"open": f"select count(*) {_OPEN}", "open_not_draft": f"select count(*) {_OPEN} and not f.is_draft"},
    lists={"ids": "true"},
    chart="area",
    charts=("silent",),
    edges="Comments of bots are no activity; exactly 7 days counts.",
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
    definition_version=2,
)
