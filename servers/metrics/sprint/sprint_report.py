"""What happened in this sprint?"""

from servers.metrics import facts
from servers.metrics.metric import Computed, Metric

sprint_report = Metric(
    id="sprint_report",
    title="Sprint report",
    question="What happened in this sprint?",
    doc="One sprint, the last closed one unless named: work committed at the start, completed, added and removed, with say-do, completion, scope change "
    "and spillover, and the issues of each set; points where at least 80 % is estimated, else items.",
    family="sprint",
    fact=facts.sprint,
    at="f.completed_at",
    where="f.state = 'closed'",
    measure=Computed("servers.metrics.sprint_reports:answer", "committed, completed, added and removed", "sprint_report"),
    unit="items",
    better="context",
    dimensions=facts.DS,
    grains=("total",),
    needs=("issues",),
    chart="waterfall",
    edges="A sprint without a start has no commitment; work done in a sub-task only does not count.",
    beware="Comparing teams: points mean something else in each.",
    synonyms=(
        "sprint report", "what happened in the sprint", "sprint review", "sprint summary", "burndown", "Sprint-Bericht", "rapport de sprint",
        "informe del sprint", "relatório da sprint", "スプリントレポート", "冲刺报告",
    ),
)  # fmt: skip
