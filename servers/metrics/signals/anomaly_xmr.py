"""Signal or noise?"""

from servers.metrics import facts
from servers.metrics.metric import Computed, Metric, Snapshot

anomaly_xmr = Metric(
    id="anomaly_xmr",
    title="Signals",
    question="Is it a signal or noise?",
    doc="Signals among the last 8 complete weeks or months of the delivery metrics, judged by XmR limits (mean ± 2.66 mean moving ranges) of up to 24 values "
    "before them: outside the limits, eight in a row on one side, or three of four nearer to a limit than to the mean.",
    family="signals",
    fact=facts.deployment,
    at="f.finished_at",
    snapshot=Snapshot("f.finished_at", "null::timestamptz"),
    measure=Computed("servers.metrics.anomalies:answer", "how many signals, with metric, week and rule of each", "find_anomalies"),
    unit="signals",
    better="context",
    dimensions=("service", "team"),
    grains=("total",),
    needs=("pull_requests",),
    edges="At least 8 complete values, nulls skipped with a warning; fewer than 8 values before the judged ones: provisional.",
    beware="A signal is a reason to ask, not a cause; feed weekly medians or counts, not raw events.",
    chart="control",
    synonyms=("anomaly", "anomalies", "XmR", "control chart", "signal or noise", "Anomalie", "異常"),
)
