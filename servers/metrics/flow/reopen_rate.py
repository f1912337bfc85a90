"""Is done done?"""

from servers.metrics import facts
from servers.metrics.metric import MONTH_UP, Metric, Ratio

reopen_rate = Metric(
    id="reopen_rate",
    title="Reopened",
    question="Is done done?",
    doc="Items first done in the window that later left done, divided by items first done in the window; leaving within 10 minutes is a misclick.",
    family="flow",
    fact=facts.issue,
    at="f.first_done_at",
    where="not f.cancelled",
    measure=Ratio("coalesce(f.reopened_count, 0) > 0"),
    unit="ratio",
    better="lower",
    dimensions=facts.DI,
    grains=MONTH_UP,
    provisional_days=30,
    needs=("issues",),
    lists={"reopened": "coalesce(f.reopened_count, 0) > 0"},
    chart="ratio",
    edges="Leaving done within 10 minutes is ignored.",
    beware="New tickets instead of reopening.",
    synonyms=(
        "reopen rate",
        "reopened",
        "is done done",
        "reopened tickets",
        "Wiederöffnungsrate",
        "taux de réouverture",
        "tasa de reapertura",
        "再オープン率",
        "重开率",
    ),
)
