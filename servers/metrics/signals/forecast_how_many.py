"""How much by a date?"""

from servers.metrics import facts
from servers.metrics.metric import Computed, Metric, Snapshot

forecast_how_many = Metric(
    id="forecast_how_many",
    title="Forecast of an amount",
    question="How many items will be done by a date?",
    doc="Items that get done within 28 days, or by a date that the tool is given, with 50, 85 and 95 % certainty: at least so many. Trials are drawn from "
    "the finished items of the last 84 days; beside it stands how often such amounts were reached before.",
    family="signals",
    fact=facts.issue,
    at="f.created_at",
    snapshot=Snapshot("f.created_at", "f.done_at"),
    where="f.level = 'item' and f.done_at is null and not f.cancelled",
    measure=Computed("servers.metrics.outlook:answer_how_many", "amounts at 50, 85 and 95 % certainty", "forecast"),
    unit="items",
    better="context",
    dimensions=("team", "project", "epic"),
    grains=("total",),
    needs=("issues",),
    edges="At least 28 days of history and 10 finished items; refused where past 85 % amounts clearly were not reached.",
    beware="More certainty means fewer items; items are not equally large.",
    chart="amounts",
    synonyms=("how many by", "how much by", "items by a date", "capacity forecast", "wie viele bis", "combien d'ici"),
)
