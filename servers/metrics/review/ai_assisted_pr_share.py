"""How much is done with AI?"""

from servers.metrics import facts
from servers.metrics.metric import MONTH_UP, Metric, Ratio

ai_assisted_pr_share = Metric(
    id="ai_assisted_pr_share",
    title="AI-assisted PRs",
    question="How much is done with AI?",
    doc="Merged pull requests by agents or with a mark of AI help, divided by merged pull requests of humans and agents: at least this much.",
    family="review",
    fact=facts.pull_request,
    at="f.merged_at",
    measure=Ratio("f.ai_level in ('assisted', 'agent')"),
    unit="ratio",
    better="context",
    dimensions=("team", "repo", "ai_level"),
    grains=MONTH_UP,
    needs=("pull_requests",),
    extras={"agent": "count(*) filter (where f.ai_level = 'agent')", "assisted": "count(*) filter (where f.ai_level = 'assisted')"},
    parts=("agent", "assisted"),
    lower_bound="what carries no mark is unknown, so the share may be anything above",
    chart="adoption",
    edges="Dependency bots are outside both sums; a human co-author is not AI.",
    beware="Adoption targets; tools that leave no marker.",
    synonyms=(
        "AI share",
        "AI-assisted",
        "AI adoption",
        "Copilot share",
        "AI assisted pull requests",
        "done with AI",
        "KI-Anteil",
        "part de l'IA",
        "uso de IA",
        "AI活用率",
        "AI辅助占比",
    ),
)
