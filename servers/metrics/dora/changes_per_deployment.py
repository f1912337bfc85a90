"""How much goes out at once?"""

from servers.metrics import facts
from servers.metrics.dora.failure import CHANGES_KNOWN
from servers.metrics.metric import MONTH_UP, Metric, Percentile

changes_per_deployment = Metric(
    id="changes_per_deployment",
    title="Changes per deployment",
    question="How much goes out at once?",
    doc="Median number of distinct pull requests first shipped by a change or hotfix deployment; deployments without pull requests are counted apart.",
    family="dora",
    fact=facts.deployment,
    at="f.finished_at",
    where="f.kind in ('change', 'hotfix')",
    measure=Percentile("nullif(f.pr_count, 0)"),
    unit="pull requests",
    better="lower",
    dimensions=facts.DD,
    grains=MONTH_UP,
    needs=("deployments", "pull_requests"),
    trust=(CHANGES_KNOWN,),
    extras={"without_changes": "count(*) filter (where coalesce(f.pr_count, 0) = 0)"},
    chart="histogram",
    is_size=True,
    edges="A pull request counts at the first deployment that ships it.",
    beware="Read with deployment_frequency.",
    synonyms=(
        "batch size",
        "changes per deployment",
        "changes per release",
        "PRs per deployment",
        "release size",
        "Änderungen pro Deployment",
        "Losgröße",
        "taille de lot",
        "tamaño de lote",
    ),
)
