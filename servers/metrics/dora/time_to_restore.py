"""How long do incidents last, whatever the cause?"""

from servers.metrics import facts
from servers.metrics.metric import MONTH_UP, Metric, Percentile

_SEVERE = "(f.severity is null or f.severity in ('sev1', 'sev2'){severities})"

time_to_restore = Metric(
    id="time_to_restore",
    title="Time to restore, all incidents",
    question="How long do incidents last, whatever the cause?",
    doc="Median hours from the start of an incident to its resolution, by the time of resolution, for severities sev1, sev2 and unset; "
    "the mean is the classical MTTR.",
    family="dora",
    fact=facts.incident,
    at="f.resolved_at",
    where=_SEVERE,
    measure=Percentile("extract(epoch from f.resolved_at - f.started_at) / 3600"),
    unit="hours",
    better="lower",
    dimensions=facts.DINC,
    grains=MONTH_UP,
    needs=("incidents",),
    min_n=3,
    variants={"severities": {"severe": "", "all": " or true"}},
    variant_words={"severities=severe": "sev1, sev2 and unset", "severities=all": "all severities"},
    asides={
        "open": f"select count(*) from {{rows}} f where {_SEVERE} and f.started_at < :known_end and (f.resolved_at is null or f.resolved_at > :known_end)",
    },
    chart="scatter",
    edges="Open incidents are counted apart.",
    beware="Means of long tails: say whether the median or the mean is quoted.",
    synonyms=(
        "time to restore", "MTTR", "how long outages last", "outage duration", "incident duration", "time to resolve incidents", "downtime per incident",
        "Dauer von Störungen", "durée des incidents", "duración de incidentes", "duração de incidentes", "障害時間", "故障恢复时间",
    ),
)  # fmt: skip
