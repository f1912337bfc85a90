"""How much lands?"""

from servers.metrics import facts
from servers.metrics.metric import ANY, Count, Metric

pr_throughput = Metric(
    id="pr_throughput",
    title="Merged PRs",
    question="How many pull requests land?",
    doc="Pull requests merged in the window, without bots and promotions between branches.",
    family="review",
    fact=facts.pull_request,
    at="f.merged_at",
    measure=Count(),
    unit="pull requests",
    better="context",
    dimensions=(*facts.DG, "work_class"),
    grains=ANY,
    needs=("pull_requests",),
    chart="cuts",
    drawn_by="ai_level",
    alarms=("split_pull_requests",),
    flattering_rise=True,
    edges="Promotion pull requests are out.",
    beware="Activity, not value; never per person.",
    synonyms=(
        "merged PRs",
        "merged pull requests",
        "PR throughput",
        "PRs merged",
        "pull requests landed",
        "gemergte Pull Requests",
        "PR fusionnées",
        "PR fusionadas",
        "マージされたPR",
        "合并的PR",
    ),
)
