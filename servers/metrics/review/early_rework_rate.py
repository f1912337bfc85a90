"""How much fresh code is changed again at once?"""

from servers.metrics import facts
from servers.metrics.metric import MONTH_UP, Metric, Ratio
from servers.metrics.plan import Plan
from servers.metrics.result import Result


def _by_file(_plan: Plan, result: Result) -> None:
    """Lines of code are not followed by blame, so it is an upper bound."""
    if result.__pydantic_extra__ is not None:
        result.__pydantic_extra__["method"] = "file"


early_rework_rate = Metric(
    id="early_rework_rate",
    title="Early rework",
    question="How much fresh code is changed again at once?",
    doc="Changed lines in files that another pull request, merged less than 21 days earlier, also touched, divided by all changed lines of merged "
    "pull requests; generated files are out.",
    family="review",
    fact=facts.pull_request,
    at="f.merged_at",
    measure=Ratio("f.early_lines", "case when f.early_lines is not null then f.size_lines end", sums=True),
    unit="ratio",
    better="context",
    dimensions=facts.DG,
    grains=MONTH_UP,
    min_den=100,
    needs=("pull_requests",),
    extras={"files_missing": "count(*) filter (where f.early_lines is null)"},
    warns={
        "files_missing": (
            "select exists (select 1 from {window} f where f.early_lines is null)",
            "pull requests whose list of files is missing or cut are left out.",
        )
    },
    reference="Levels of LinearB (below 2 %, 2–5, 5–7, above 7 %) are for lines followed by blame, not for this upper bound.",
    chart="ratio",
    edges="Method file: a line counts when its file was fresh, whether or not the line was; follow-ups of one feature count.",
    beware="Active areas look bad.",
    synonyms=(
        "early rework",
        "code churn",
        "churn",
        "code rework",
        "rewritten code",
        "frühe Nacharbeit",
        "retouche précoce",
        "retrabajo temprano",
        "早期の手戻り",
        "代码返工",
    ),
    after=_by_file,
)
