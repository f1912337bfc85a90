"""Do a few people carry the reviews?"""

from servers.metrics import facts
from servers.metrics.metric import MONTH_UP, Metric, People, Spread
from servers.metrics.plan import Plan
from servers.metrics.result import Result


def _known_repositories(_plan: Plan, result: Result) -> None:
    """Members without a review stand in no repository, so that cut has no unmapped part."""
    if result.groups and result.group_by == ["repo"]:
        result.groups = [group for group in result.groups if group.dimensions["repo"] != "(unmapped)"]


review_load_gini = Metric(
    id="review_load_gini",
    title="Review load balance",
    question="Do a few people carry the reviews?",
    doc="Gini coefficient of the pull requests of others that each member reviewed, those who reviewed none included: 0 when all carry the same, "
    "towards 1 when one carries all; also the share of the one who reviews most.",
    family="review",
    fact=facts.review_load,
    at="f.at",
    measure=Spread("f.person_id", "f.pr_id", "gini", "reviews", "people"),
    unit="0..1",
    better="lower",
    dimensions=("team", "repo"),
    grains=MONTH_UP,
    needs=("pull_requests",),
    people=People("f.person_id", 3),
    chart="line",
    charts=("loads",),
    edges="For groups of three or more people with ten or more reviews; a second review of the same pull request counts once. In a repository the group "
    "is who wrote or reviewed there.",
    beware="Not an individual score: who carries what is not shown. People on leave or without access distort it.",
    synonyms=(
        "review load",
        "review load balance",
        "how evenly are reviews shared",
        "review distribution",
        "review concentration",
        "Verteilung der Reviews",
        "répartition des revues",
        "reparto de revisiones",
        "レビュー負荷",
        "评审负载",
    ),
    after=_known_repositories,
)
