"""Does the pipeline work?"""

from servers.metrics import facts
from servers.metrics.metric import WEEK_UP, Metric, Ratio

_KNOWS_FAILURES = "f.source in ('github_deployments', 'workflow_runs', 'api')"

deployment_job_success_rate = Metric(
    id="deployment_job_success_rate",
    title="Deployment job success",
    question="Does the pipeline work?",
    doc="Successful production deployment jobs divided by successful and failed ones, before retries are joined; cancelled ones are ignored.",
    family="dora",
    fact=facts.deployment_row,
    at="f.finished_at",
    where=f"f.status in ('success', 'failure') and {_KNOWS_FAILURES}",
    measure=Ratio("f.status = 'success'"),
    unit="ratio",
    better="higher",
    dimensions=("service", "team", "repo", "environment", "source"),
    grains=WEEK_UP,
    needs=("deployments",),
    configured=(
        f"select exists (select 1 from {{rows}} f where {_KNOWS_FAILURES})",
        "Releases, tags and merges know no failed jobs; set services[].deployments.source to github_deployments or workflow_runs.",
    ),
    warns={
        "failures_unknown": (
            f"select exists (select 1 from {{rows}} f where not {_KNOWS_FAILURES} and f.finished_at >= :w_from and f.finished_at < :w_to)",
            "some services are only known by releases, tags or merges, which know no failed jobs; they are left out.",
        )
    },
    chart="ratio",
    edges="Releases, tags and merges know no failures: they are left out, and a selection of nothing else is not configured.",
    beware="It is not a DORA metric; a failed job that reached nobody is no failed deployment.",
    synonyms=(
        "deployment job success",
        "pipeline success",
        "pipeline runs succeeded",
        "job success rate",
        "build success to production",
        "Pipeline-Erfolgsquote",
        "デプロイ成功率",
    ),
    definition_version=2,
)
