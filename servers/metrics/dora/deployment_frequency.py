"""How often do we ship to production?"""

from datetime import timedelta

from servers.metrics import facts
from servers.metrics.bands import cadence
from servers.metrics.metric import ANY, Band, Count, Metric
from servers.metrics.plan import Plan
from servers.metrics.result import Result
from servers.metrics.shape import weeks
from servers.metrics.working_time import working_days
from store.clock import local_date

_RECENT_DAYS = 180


def _say(plan: Plan, result: Result) -> None:
    """Per working day, the median service, and the cadence in words."""
    if not isinstance(result.value, float | int):
        return
    extra = result.model_extra or {}
    length = weeks(plan, plan.window)
    median_count = extra.pop("median_service_count", None)
    last = local_date(plan.known_end - timedelta(microseconds=1), plan.tz) + timedelta(days=1)
    days = working_days(plan.calendar, local_date(plan.window.start, plan.tz), last)
    count = result.n or 0
    extra |= {"count": count, "per_working_day": count / days if days else None, "class": cadence(result.value)}
    if median_count is not None:
        extra["median_service"] = median_count / length
    if result.__pydantic_extra__ is not None:
        result.__pydantic_extra__.update(extra)


def _levels(elite: float, high: float, medium: float) -> tuple[tuple[str, float | None], ...]:
    """Deployments per week from which each level begins."""
    return ("elite", elite), ("high", high), ("medium", medium), ("low", None)


deployment_frequency = Metric(
    id="deployment_frequency",
    title="Deployment frequency",
    question="How often do we ship to production?",
    doc="Logical production deployments of kind change or hotfix per week; also count, per_working_day, active_days and the median service.",
    family="dora",
    fact=facts.deployment,
    at="f.finished_at",
    where="f.kind in ('change', 'hotfix'{include_rollbacks}{include_redeploys})",
    measure=Count(per_week=True),
    unit="deployments/week",
    better="higher",
    dimensions=facts.DD,
    grains=ANY,
    needs=("deployments",),
    bands=(
        Band("dora_2024", "DORA 2024", _levels(5, 1, 12 / 52), "median_service", exclusive_best=True),
        Band("dora_2023", "DORA 2023, as encoded by DevLake", _levels(5, 1, 12 / 52), "median_service", exclusive_best=True),
        Band("dora_2021", "DORA 2021, as encoded by DevLake", _levels(5, 12 / 52, 2 / 52), "median_service", exclusive_best=True),
    ),
    extras={"active_days": "count(distinct (f._at at time zone :tz)::date)"},
    asides={
        "median_service_count": "select percentile_cont(0.5) within group (order by made) from (select s.service, count(w.id) as made from "
        "(select distinct coalesce(f.service, '') as service from {rows} f where f.finished_at < :known_end and "
        f"f.finished_at >= cast(:known_end as timestamptz) - interval '{_RECENT_DAYS} days') s "
        "left join {window} w on coalesce(w.service, '') = s.service group by s.service) counts",
    },
    variants={
        "include_rollbacks": {"false": "", "true": ", 'rollback'"},
        "include_redeploys": {"false": "", "true": ", 'redeploy'"},
    },
    variant_words={
        "include_rollbacks=true": "rollbacks counted too",
        "include_rollbacks=false": "without rollbacks",
        "include_redeploys=true": "redeployments counted too",
        "include_redeploys=false": "without redeployments",
    },
    warns={
        "deployments_inferred_from_merges": (
            "select exists (select 1 from {window} f where f.source = 'merges')",
            "merges to the default branch are taken for deployments; failed deployments are unknown.",
        )
    },
    chart="bars",
    alarms=("empty_deployments",),
    edges="Failed, cancelled, staging, regions and retries do not count; over several services the band is that of the median service.",
    beware="Splitting or repeating deployments raises it; read it with changes_per_deployment and change_fail_rate.",
    synonyms=(
        "deployment frequency", "deploy frequency", "deployments", "deploys", "DF", "release cadence", "deploy cadence", "how often do we ship",
        "how often do we deploy", "releases", "go to production", "Deployment-Frequenz", "Bereitstellungshäufigkeit", "fréquence de déploiement",
        "frecuencia de despliegue", "frequência de implantação", "frequenza di rilascio", "デプロイ頻度", "部署频率",
    ),
    after=_say,
)  # fmt: skip
