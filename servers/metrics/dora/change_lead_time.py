"""How long from commit to running in production?"""

from servers.metrics import facts
from servers.metrics.dora.failure import CHANGES_KNOWN
from servers.metrics.metric import WEEK_UP, Band, Metric, Percentile, Spans

_UNDEPLOYED = (
    "from {rows:pull_request} f where f.merged_at >= :w_from and f.merged_at < :w_to and (f.deployed_at is null or f.deployed_at > :as_of) "
    "and (exists (select from fact_deployment d where d.service = f.service) or f.repo in (select d.repo from fact_deployment d))"
)
"""Merged and not deployed, where anything ever is: a repository without deployments waits for nothing."""
_HOURS = "extract(epoch from f.deployed_at - {start}) / 3600"

change_lead_time = Metric(
    id="change_lead_time",
    title="Change lead time",
    question="How long from commit to running in production?",
    doc="Median hours from a change's first commit to the end of the first production deployment that ships it (rollbacks ship nothing).",
    family="dora",
    fact=facts.change,
    at="f.deployed_at",
    measure=Percentile(f"case when f.deployed_at >= {{start}} then {_HOURS} end"),
    unit="hours",
    better="lower",
    dimensions=facts.DGD,
    grains=WEEK_UP,
    needs=("deployments", "pull_requests"),
    bands=(
        Band("dora_2024", "DORA 2024", (("elite", 24), ("high", 168), ("medium", 730), ("low", None))),
        Band("dora_2023", "DORA 2023, as encoded by DevLake", (("elite", 24), ("high", 168), ("medium", 730), ("low", None))),
        Band("dora_2021", "DORA 2021, as encoded by DevLake", (("elite", 1), ("high", 168), ("medium", 4380), ("low", None))),
    ),
    variants={
        "start": {
            "first_commit": "f.first_commit_at",
            "last_commit": "f.last_commit_at",
            "opened": "f.created_at",
            "merged": "f.merged_at",
        },
        "bots": {"out": "", "in": ""},
    },
    variant_words={
        "start=first_commit": "from the first commit",
        "start=last_commit": "from the last commit",
        "start=opened": "from the opening of the pull request",
        "start=merged": "from the merge",
        "bots=in": "with bots",
        "bots=out": "without bots",
    },
    trust=(CHANGES_KNOWN,),
    extras={"negative_dropped": "count(*) filter (where f.deployed_at < {start})"},
    asides={
        "undeployed": f"select count(*) {_UNDEPLOYED}",
        "undeployed_oldest_hours": f"select max(extract(epoch from cast(:as_of as timestamptz) - f.merged_at) / 3600)::float8 {_UNDEPLOYED}",
    },
    warns={
        "deployments_inferred_from_merges": (
            "select exists (select 1 from {window} f where f.source = 'merges')",
            "merges to the default branch are taken for deployments, so lead time ends at the merge.",
        )
    },
    stages=Spans(
        "{start}",
        (
            ("coding", "pr.ready_at"),
            ("pickup", "coalesce(pr.first_review_at, f.merged_at)"),
            ("review", "f.merged_at"),
            ("deploy", "f.deployed_at"),
        ),
        join="left join fact_pull_request pr on pr.id = f.pr_id",
    ),
    chart="percentiles",
    charts=("phases",),
    alarms=("split_pull_requests",),
    edges="Bots are out; negative times are dropped and counted; merged changes that are not deployed yet are reported apart, where "
    "anything ever is deployed; a pull request without commits starts at its creation.",
    beware="Local commits and rebases move the start; compare trends, not tools.",
    synonyms=(
        "lead time", "change lead time", "lead time for changes", "LTTC", "commit to production", "idea in code to live", "time to production",
        "Durchlaufzeit für Änderungen", "Vorlaufzeit", "délai de livraison", "tiempo de entrega de cambios", "tempo de entrega", "tempo di consegna",
        "変更リードタイム", "变更前置时间",
    ),
)  # fmt: skip
