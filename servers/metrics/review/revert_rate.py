"""How much is taken back?"""

from servers.metrics import facts
from servers.metrics.metric import MONTH_UP, Metric, Ratio

revert_rate = Metric(
    id="revert_rate",
    title="Reverted PRs",
    question="How much is taken back?",
    doc="Merged pull requests that a later merged one reverts, divided by merged pull requests that are no reverts, by the merge of the original.",
    family="review",
    fact=facts.pull_request,
    at="f.merged_at",
    where="not f.is_revert",
    measure=Ratio("f.reverted_at is not null and f.reverted_at <= :as_of"),
    unit="ratio",
    better="lower",
    dimensions=facts.DG,
    grains=MONTH_UP,
    provisional_days=30,
    needs=("pull_requests",),
    lists={"reverted": "f.reverted_at is not null and f.reverted_at <= :as_of"},
    chart="ratio",
    edges="With a revert of a revert the original counts once.",
    beware="Fast reverts are good practice; read with recovery time.",
    synonyms=(
        "revert rate",
        "reverted PRs",
        "reverts",
        "taken back",
        "Rücknahmequote",
        "taux d'annulation",
        "tasa de reversión",
        "リバート率",
        "回滚率",
    ),
)
