"""How are we doing?"""

from servers.metrics import facts
from servers.metrics.metric import Computed, Metric

kpi_scorecard = Metric(
    id="kpi_scorecard",
    title="Scorecard",
    question="How are we doing?",
    doc="A fixed set, not a score: deployment frequency, lead time, fail rate, recovery, say-do or service level, delivery on date, escaped defects, "
    "investment, AI-assisted share and incidents, each with value, n and the period before. "
    "Better or worse is said only of a difference of a tenth or of an XmR signal.",
    family="portfolio",
    fact=facts.deployment,
    at="f.finished_at",
    measure=Computed("servers.metrics.scorecard:answer", "no number of its own; the rows stand in items", "executive_report"),
    unit="metrics",
    better="context",
    dimensions=("team", "service"),
    grains=("total",),
    needs=("pull_requests",),
    chart="scoreboard",
    edges="A metric without data stays in the table with its status; what is not known by a team or service is named and left out.",
    beware="No composite index: the rows are never folded into one number.",
    synonyms=(
        "scorecard",
        "KPI scorecard",
        "executive scorecard",
        "C-level overview",
        "how are we doing",
        "Kennzahlenübersicht",
        "tableau de bord exécutif",
        "cuadro de mando",
        "スコアカード",
        "记分卡",
    ),
)
