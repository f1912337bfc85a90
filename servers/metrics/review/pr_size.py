"""Are changes small enough to review?"""

from servers.metrics import facts
from servers.metrics.metric import WEEK_UP, Band, Metric, Percentile

_BUCKETS = ("XS", "S", "M", "L", "XL", "XXL")
_COUNTS = ", ".join(f"'{name}', count(*) filter (where f.size_bucket = '{name}')" for name in _BUCKETS)

pr_size = Metric(
    id="pr_size",
    title="PR size",
    question="Are changes small enough to review?",
    doc="Median lines added and deleted per merged pull request without generated files, with the counts of XS < 10, S < 50, M < 200, L < 500, XL < 1000 "
    "and XXL.",
    family="review",
    fact=facts.pull_request,
    at="f.merged_at",
    measure=Percentile("f.size_lines"),
    unit="lines",
    better="lower",
    dimensions=facts.DG,
    grains=WEEK_UP,
    needs=("pull_requests",),
    bands=(Band("linearb", "LinearB, p75", (("elite", 98), ("good", 148), ("fair", 218), ("needs focus", None)), "p75"),),
    extras={"buckets": f"jsonb_build_object({_COUNTS})"},
    warns={
        "file_list_missing": (
            "select exists (select 1 from {window} f where f.files_missing)",
            "some file lists are missing, so those sizes are the pull request's own totals with generated files.",
        )
    },
    parts=("buckets",),
    chart="sizes",
    alarms=("split_pull_requests",),
    is_size=True,
    edges="Renames and binaries are 0; without a file list the totals of the pull request are taken.",
    beware="Slicing without meaning.",
    synonyms=(
        "PR size",
        "pull request size",
        "size of pull requests",
        "batch size of PRs",
        "are pull requests getting smaller",
        "lines per PR",
        "PR-Größe",
        "taille des PR",
        "tamaño de PR",
        "PRサイズ",
        "PR大小",
    ),
)
