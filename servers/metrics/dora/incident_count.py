"""How often does production break?"""

from servers.metrics import facts
from servers.metrics.metric import ANY, Count, Metric
from servers.metrics.plan import Plan
from servers.metrics.result import Result


def _per_deployment(_plan: Plan, result: Result) -> None:
    """Incidents per 100 logical deployments, where the deployments of the same selection are known."""
    extra = result.__pydantic_extra__
    if extra is None:
        return
    deployments = extra.get("deployments")
    if deployments:
        extra["per_100_deployments"] = 100 * (result.n or 0) / deployments


incident_count = Metric(
    id="incident_count",
    title="Incidents",
    question="How often does production break?",
    doc="Incidents that started in the window, duplicates out; also per 100 logical deployments.",
    family="dora",
    fact=facts.incident,
    at="f.started_at",
    measure=Count(),
    unit="incidents",
    better="lower",
    dimensions=facts.DINC,
    grains=ANY,
    needs=("incidents",),
    asides={
        "deployments": "select count(*) from {rows:deployment} f where f.kind in ('change', 'hotfix') and f.finished_at >= :w_from and f.finished_at < :w_to",
        "open": "select count(*) from {window} f where f.resolved_at is null or f.resolved_at > :as_of",
    },
    chart="cuts",
    drawn_by="severity",
    alarms=("relabelled_incidents",),
    edges="Duplicates are out.",
    beware="Targets suppress reporting.",
    synonyms=(
        "incidents", "incident count", "outages", "production incidents", "how often does production break", "Störungen", "Vorfälle", "Ausfälle",
        "incidents de production", "incidentes", "incidenti", "インシデント", "事故",
    ),
    after=_per_deployment,
)  # fmt: skip
