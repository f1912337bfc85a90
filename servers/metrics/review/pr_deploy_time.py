"""How long does merged work wait for production?"""

from servers.metrics import facts
from servers.metrics.metric import WEEK_UP, Band, Metric, Percentile

_DEPLOYED = "from {rows} f where f.deployed_at >= :w_from and f.deployed_at < :w_to and f.pr_id is not null and f.source"

pr_deploy_time = Metric(
    id="pr_deploy_time",
    title="Merge to production",
    question="How long does merged work wait for production?",
    doc="Median hours from the merge of a pull request to the end of the deployment that first ships it, by the time of deployment.",
    family="review",
    fact=facts.change,
    at="f.deployed_at",
    where="f.pr_id is not null and f.source is distinct from 'merges'",
    measure=Percentile("case when f.deployed_at >= f.merged_at then extract(epoch from f.deployed_at - f.merged_at) / 3600 end"),
    unit="hours",
    better="lower",
    dimensions=facts.DGD,
    grains=WEEK_UP,
    needs=("deployments", "pull_requests"),
    bands=(Band("linearb", "LinearB, average", (("elite", 6), ("good", 50), ("fair", 137), ("needs focus", None)), "mean"),),
    configured=(
        f"select exists (select 1 {_DEPLOYED} is distinct from 'merges') or not exists (select 1 {_DEPLOYED} = 'merges')",
        "Merges are taken for deployments here; set services[].deployments.source to what really deploys.",
    ),
    warns={
        "deployments_inferred_from_merges": (
            f"select exists (select 1 {_DEPLOYED} = 'merges')",
            "services whose merges are taken for deployments are left out.",
        )
    },
    chart="percentiles",
    charts=("phases",),
    phase_of="change_lead_time",
    alarms=("split_pull_requests",),
    edges="Commits without a pull request are out, and so are services whose merges are taken for deployments; a selection of nothing else is not configured.",
    beware="Release trains make it long by design.",
    synonyms=(
        "merge to production",
        "deploy time",
        "time from merge to deploy",
        "merged work waits",
        "wait after merge",
        "Zeit vom Merge bis Produktion",
        "délai de mise en production",
        "マージから本番",
    ),
    definition_version=3,
)
