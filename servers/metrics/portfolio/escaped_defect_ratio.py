"""Who finds the bugs, we or the customers?"""

from servers.metrics import facts
from servers.metrics.metric import MONTH_UP, Metric, Ratio
from servers.metrics.plan import Plan
from servers.metrics.result import Result

_FOUND_IN = (
    "coalesce(f.found_in, case when exists (select 1 from issue_link l join fact_incident n on n.issue_id = l.other_id where l.issue_id = f.id) "
    "then 'production' end)"
)
"""Where a defect was found; one that is linked to an incident was found in production."""


def _per_deployment(_plan: Plan, result: Result) -> None:
    """Escaped defects per 100 logical deployments, where the deployments of the same selection are known."""
    extra = result.__pydantic_extra__
    if extra is not None and extra.get("deployments"):
        extra["per_100_deployments"] = 100 * float(result.numerator or 0) / extra["deployments"]


escaped_defect_ratio = Metric(
    id="escaped_defect_ratio",
    title="Escaped defects",
    question="Who finds the bugs, we or the customers?",
    doc="Defects found in production divided by defects of known origin, by creation; also their number and how many per 100 deployments.",
    family="portfolio",
    fact=facts.defect,
    at="f.created_at",
    where="f.work_class = 'defect' and not f.cancelled",
    measure=Ratio(f"{_FOUND_IN} = 'production'", f"{_FOUND_IN} is not null"),
    unit="ratio",
    better="lower",
    dimensions=(*facts.DI, "service"),
    grains=MONTH_UP,
    provisional_days=30,
    needs=("issues",),
    extras={"unknown_origin": f"count(*) filter (where {_FOUND_IN} is null)"},
    asides={
        "deployments": "select count(*) from {rows:deployment} f where f.kind in ('change', 'hotfix') and f.finished_at >= :w_from and f.finished_at < :w_to",
    },
    warns={
        "unknown_origin": (
            f"select count(*) filter (where {_FOUND_IN} is null) > 0.3 * count(*) from {{window}} f",
            "where more than 30 % of the defects were found is unknown; map jira.fields.found_in in pulse.yaml.",
        )
    },
    chart="counted",
    edges="Cancelled defects are out. Origin is the mapped field, else a label customer or production, a reporter at the service desk or a linked incident.",
    beware="Needs honest reporting.",
    synonyms=(
        "escaped defects",
        "defect escape rate",
        "escape rate",
        "bug leakage",
        "bugs found by customers",
        "defects in production",
        "entkommene Fehler",
        "défauts échappés",
        "defectos escapados",
        "流出欠陥",
        "逃逸缺陷",
    ),
    after=_per_deployment,
)
