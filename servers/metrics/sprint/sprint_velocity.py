"""What can we plan?"""

from servers.metrics import facts
from servers.metrics.metric import Computed, Metric

sprint_velocity = Metric(
    id="sprint_velocity",
    title="Velocity",
    question="What can we plan?",
    doc="Mean of what one team completed in its last 6 closed sprints (at least 3), at its size at the end, with lowest, highest and variation; points "
    "where at least 80 % is estimated, else items.",
    family="sprint",
    fact=facts.sprint,
    at="f.completed_at",
    where="f.state = 'closed'",
    measure=Computed("servers.metrics.velocity:answer", "the mean per sprint, with low, high and cv", "sprint_report"),
    unit="items",
    better="context",
    dimensions=facts.DS,
    grains=("sprint", "total"),
    needs=("issues",),
    chart="sprint_bars",
    edges="One team at a time: points mean something else in each. Where sprints changed their length, read it per working day.",
    beware="Inflation of points, comparing teams; for dates use a forecast.",
    synonyms=(
        "velocity", "points per sprint", "sprint velocity", "story points completed", "team velocity", "average velocity", "what can we plan",
        "Velocity des Teams", "vélocité", "velocidad del equipo", "velocidade do time", "ベロシティ", "速率",
    ),
)  # fmt: skip
