"""Which open PR deserves extra care?"""

from servers.metrics import facts
from servers.metrics.metric import Computed, Metric, Snapshot

pr_risk = Metric(
    id="pr_risk",
    title="PR risk",
    question="Which open pull request deserves extra care?",
    doc="Risk 0 to 100 of each open, non-draft pull request: size, spread, files often repaired, sensitive paths, files new to the author, no test, no "
    "approval, failing checks and age, each with its contribution; the value is the highest. Low below 30, medium below 60, else high.",
    family="signals",
    fact=facts.pull_request,
    at="f.ready_at",
    snapshot=Snapshot("f.ready_at", "coalesce(f.merged_at, f.closed_at)"),
    where="f.state = 'open' and not f.is_draft and not f.is_promotion",
    measure=Computed("servers.metrics.pr_risks:answer", "the highest risk, with every pull request's contributions", "assess_risk"),
    unit="risk of 100",
    better="lower",
    dimensions=facts.DG,
    grains=("total",),
    needs=("pull_requests",),
    edges="Generated files are left out; a factor that cannot be known drops out, and below 60 % of the weight there is no score.",
    beware="House weights, not learned: compare with change fail rate before gating on it.",
    chart="contributions",
    synonyms=(
        "PR risk",
        "risky pull requests",
        "risky PRs",
        "dangerous PRs",
        "PRs that deserve extra care",
        "PR-Risiko",
        "risque des PR",
        "高风险PR",
    ),
)
