"""Does the pipeline work?"""

from servers.metrics import facts
from servers.metrics.metric import WEEK_UP, Metric, Ratio

deployment_job_success_rate = Metric(
    id="deployment_job_success_rate",
    title="Deployment job success",
    question="Does the pipeline work?",
    doc="Successful production deployment jobs divided by successful and failed ones, before retries are joined; cancelled ones are ignored.",
    family="dora",
    fact=facts.deployment_row,
    at="f.finished_at",
    where="f.status in ('success', 'failure')",
    measure=Ratio("f.status = 'success'"),
    unit="ratio",
    better="higher",
    dimensions=("service", "team", "repo", "environment", "source"),
    grains=WEEK_UP,
    needs=("deployments",),
    configured=(
        "select exists (select 1 from {rows} f where f.source in ('github_deployments', 'workflow_runs', 'api'))",
        "Releases, tags and merges know no failed jobs; set services[].deployments.source to github_deployments or workflow_runs.",
    ),
    chart="ratio",
    edges="Releases, tags and merges know no failures and are not configured for this metric.",
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
)
