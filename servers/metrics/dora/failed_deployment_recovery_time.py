"""How fast are we back after a bad deployment?"""

from servers.metrics import facts
from servers.metrics.dora.failure import INCIDENTS_LAID
from servers.metrics.metric import MONTH_UP, Band, Metric, Percentile, Spans

_OPEN = "from {rows} f where f.failed and f.kind in ('change', 'hotfix') and f.finished_at <= :as_of and (f.recovered_at is null or f.recovered_at > :as_of)"

failed_deployment_recovery_time = Metric(
    id="failed_deployment_recovery_time",
    title="Failed deployment recovery time",
    question="How fast are we back after a bad deployment?",
    doc="Median hours from the end of a failed deployment until all its incidents are resolved or it is rolled back, by the time of recovery.",
    family="dora",
    fact=facts.failure,
    at="f.recovered_at",
    where="f.failed and f.kind in ('change', 'hotfix'){link}",
    measure=Percentile("greatest(extract(epoch from f.recovered_at - {start}) / 3600, 0)"),
    unit="hours",
    better="lower",
    dimensions=(*facts.DD, "severity"),
    grains=MONTH_UP,
    needs=("deployments", "incidents"),
    min_n=3,
    bands=(
        Band("dora_2023", "DORA 2023, as encoded by DevLake", (("elite", 1), ("high", 24), ("medium", 168), ("low", None))),
        Band("dora_2021", "DORA 2021, as encoded by DevLake", (("elite", 1), ("high", 24), ("medium", 168), ("low", None))),
    ),
    variants={
        "start": {
            "deployment": "coalesce(f.recovery_from_at, f.finished_at)",
            "incident": "coalesce(f.incident_started_at, f.finished_at)",
        },
        "link": {
            "configured": "",
            "explicit": " and (f.surely_linked or f.rolled_back_by_id is not null)",
            "incidents": " and f.incidents > 0",
        },
    },
    variant_words={
        "start=deployment": "from the deployment",
        "start=incident": "from the start of the incident",
        "link=configured": "by the configured window",
        "link=explicit": "explicit links only",
        "link=incidents": "without rollbacks",
    },
    trust=(INCIDENTS_LAID,),
    asides={
        "open_failures": f"select count(*) {_OPEN}",
        "oldest_open_failure_hours": f"select max(extract(epoch from cast(:as_of as timestamptz) - f.finished_at) / 3600)::float8 {_OPEN}",
    },
    stages=Spans("{start}", (("until noticed", "f.incident_started_at"), ("repair", "f.recovered_at"))),
    chart="scatter",
    edges="Failures that are not resolved are counted as open_failures with their age, not in the median; always by the calendar clock.",
    beware="Tickets closed late or early distort it: map the impact times.",
    synonyms=(
        "failed deployment recovery time", "recovery time", "time to recover", "MTTR", "recover after a failed deployment", "recovery after bad deployments",
        "Wiederherstellungszeit", "temps de rétablissement", "tiempo de recuperación", "tempo de recuperação", "復旧時間", "恢复时间",
    ),
)  # fmt: skip
