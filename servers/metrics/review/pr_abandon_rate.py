"""How much work is thrown away?"""

from servers.metrics import facts
from servers.metrics.metric import MONTH_UP, Metric, Ratio

pr_abandon_rate = Metric(
    id="pr_abandon_rate",
    title="Closed unmerged",
    question="How much work is thrown away?",
    doc="Pull requests closed without merge divided by all closed in the window; those whose branch was merged later by another one are out.",
    family="review",
    fact=facts.pull_request,
    at="coalesce(f.merged_at, f.closed_at)",
    where="not f.is_superseded",
    measure=Ratio("f.merged_at is null"),
    unit="ratio",
    better="context",
    dimensions=facts.DG,
    grains=MONTH_UP,
    needs=("pull_requests",),
    chart="ratio",
    edges="A pull request whose head branch was merged later is superseded, not abandoned.",
    beware="Experiments are fine.",
    synonyms=(
        "closed unmerged",
        "abandoned pull requests",
        "abandon rate",
        "thrown away",
        "wasted PRs",
        "verworfene Pull Requests",
        "PR abandonnées",
        "PR abandonadas",
        "破棄率",
    ),
)
