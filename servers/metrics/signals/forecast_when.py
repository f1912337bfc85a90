"""When will it be done?"""

from servers.metrics import facts
from servers.metrics.metric import Computed, Metric, Snapshot

forecast_when = Metric(
    id="forecast_when",
    title="Forecast of a date",
    question="When will it be done?",
    doc="Dates by which all open items of an epic, sprint, team or project are done with 50, 85 and 95 % certainty: 10,000 trials drawn from the finished "
    "items of the last 84 days, with the share of past 85 % dates that held, and the probability of making a target date.",
    family="signals",
    fact=facts.issue,
    at="f.created_at",
    snapshot=Snapshot("f.created_at", "f.done_at"),
    where="f.level = 'item' and f.done_at is null and not f.cancelled",
    measure=Computed("servers.metrics.outlook:answer_when", "dates at 50, 85 and 95 % certainty", "forecast"),
    unit="date",
    better="context",
    dimensions=("team", "project", "epic"),
    grains=("total",),
    needs=("issues",),
    edges="At least 28 days of history and 10 finished items; refused where past 85 % dates clearly did not hold. An epic without enough history of its "
    "own takes its team's, thinned to its share.",
    beware="Never quote 50 % alone: it is a coin toss. Today's scope and pace are assumed.",
    chart="outlook",
    synonyms=("forecast", "when will it be done", "delivery date", "completion date", "Monte Carlo", "Prognose", "prévision", "完成日期"),
)
