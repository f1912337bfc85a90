"""Which share of deployments is unplanned repair?"""

from servers.metrics import facts
from servers.metrics.metric import MONTH_UP, Metric, Ratio, Splits

deployment_rework_rate = Metric(
    id="deployment_rework_rate",
    title="Deployment rework rate",
    question="Which share of deployments is unplanned repair?",
    doc="Hotfixes and rollbacks divided by changes, hotfixes and rollbacks.",
    family="dora",
    fact=facts.deployment,
    at="f.finished_at",
    where="f.kind in ('change', 'hotfix', 'rollback')",
    measure=Ratio("{repair}"),
    unit="ratio",
    better="lower",
    dimensions=facts.DD,
    grains=MONTH_UP,
    needs=("deployments",),
    variants={
        "repair": {
            "all": "f.kind in ('hotfix', 'rollback')",
            "rollbacks": "f.kind = 'rollback'",
            "hotfixes": "f.kind = 'hotfix'",
        }
    },
    variant_words={
        "repair=all": "hotfixes and rollbacks",
        "repair=rollbacks": "rollbacks only",
        "repair=hotfixes": "hotfixes only",
    },
    reference="DORA 2025: mean answer 22 % (standard deviation 22).",
    lists={"rework_ids": "{repair}"},
    extras={"hotfixes": "count(*) filter (where f.kind = 'hotfix')", "rollbacks": "count(*) filter (where f.kind = 'rollback')"},
    warns={
        "no_hotfix_marks": (
            "select not exists (select 1 from {rows} f where f.kind = 'hotfix')",
            "no deployment was ever marked as a hotfix by label, branch or title, so only rollbacks are seen.",
        )
    },
    stages=Splits((("hotfixes", "f.kind = 'hotfix'"), ("rollbacks", "f.kind = 'rollback'"))),
    chart="beside",
    drawn_beside="change_fail_rate",
    alarms=("empty_deployments",),
    edges="Planned bug fixes are no rework; without hotfix labels or branches only rollbacks are seen.",
    beware="Hotfixes without a label are missed.",
    synonyms=(
        "deployment rework rate", "rework rate", "hotfix rate", "hotfixes", "rollbacks", "hotfixes and rollbacks", "unplanned deployments", "Nacharbeitsrate",
        "taux de reprise", "tasa de retrabajo", "taxa de retrabalho", "手戻り率", "返工率",
    ),
)  # fmt: skip
