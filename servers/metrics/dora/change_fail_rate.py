"""Which share of deployments needed immediate repair?"""

from servers.metrics import facts
from servers.metrics.dora.failure import ATTRIBUTION, INCIDENTS_LAID, LINK_WORDS, LINKS
from servers.metrics.metric import MONTH_UP, Band, Metric, Ratio, Splits


def _levels(elite: float, high: float, medium: float) -> tuple[tuple[str, float | None], ...]:
    """The published limits belong to the better level, so they lie just below the next one."""
    return ("elite", elite + 1e-9), ("high", high + 1e-9), ("medium", medium + 1e-9), ("low", None)


change_fail_rate = Metric(
    id="change_fail_rate",
    title="Change fail rate",
    question="Which share of deployments needed immediate repair?",
    doc="Deployments (change or hotfix) that an incident is laid to or that were rolled back, divided by all of them.",
    family="dora",
    fact=facts.deployment,
    at="f.finished_at",
    where="f.kind in ('change', 'hotfix')",
    measure=Ratio("{link}"),
    unit="ratio",
    better="lower",
    dimensions=facts.DD,
    grains=MONTH_UP,
    needs=("deployments", "incidents"),
    provisional_days=3,
    bands=(
        Band("dora_2023", "DORA 2023, as encoded by DevLake", _levels(0.05, 0.10, 0.15), default=False),
        Band("dora_2021", "DORA 2021, as encoded by DevLake", _levels(0.15, 0.20, 0.30), default=False),
    ),
    reference="DORA 2025: mean answer 19 % (standard deviation 21).",
    extras={"inferred_links": "coalesce(sum(f.inferred_links), 0)::int"},
    stages=Splits(
        (("incident", "f.failed_by = 'incident'"), ("rollback", "f.failed_by = 'rollback'"), ("incident and rollback", "f.failed_by = 'both'"))
    ),
    lists={"failed_ids": "{link}"},
    asides={"attribution": ATTRIBUTION},
    variants={"link": LINKS},
    variant_words=LINK_WORDS,
    trust=(INCIDENTS_LAID,),
    chart="ratio",
    alarms=("empty_deployments", "relabelled_incidents"),
    edges="Several incidents on one deployment count once; without an incident source it is not configured, never 0; inferred links are counted.",
    beware="Big rare deployments or unreported incidents lower it.",
    synonyms=(
        "change fail rate", "change failure rate", "CFR", "failure rate", "fail rate", "broken releases", "failed deployments", "bad deployments",
        "Fehlerrate bei Änderungen", "Änderungsfehlerrate", "taux d'échec des changements", "tasa de fallos de cambios", "taxa de falha de mudanças",
        "変更失敗率", "变更失败率",
    ),
)  # fmt: skip
