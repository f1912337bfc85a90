"""Whose leaving would hurt?"""

from servers.metrics import facts
from servers.metrics.metric import SNAP, Metric, Snapshot, Spread

contributor_absence_factor = Metric(
    id="contributor_absence_factor",
    title="Contributor absence factor",
    question="How few people made most of the code?",
    doc="The smallest number of people who together made at least half of the commits on the default branch in the last 180 days, merges left out; "
    "also the share of the most active one.",
    family="review",
    fact=facts.commits,
    at="f.at",
    snapshot=Snapshot("f.at", "f.at + interval '4320 hours'"),
    measure=Spread("f.person_id", "f.id", "absence_factor", "commits", "contributors", apart=True),
    unit="people",
    better="higher",
    dimensions=("repo", "service"),
    grains=SNAP,
    needs=("pull_requests",),
    reference="1 is a single point of failure, 2 to be watched (house rule; CHAOSS gives the definition).",
    chart="loads",
    charts=("area",),
    edges="Bots and coding agents are out; a squashed commit counts for the author of the pull request; ten commits at least.",
    beware="Reviews and pairing are invisible; who the people are is not shown.",
    synonyms=(
        "bus factor",
        "truck factor",
        "absence factor",
        "contributor absence factor",
        "single point of failure",
        "Busfaktor",
        "facteur d'absence",
        "factor autobús",
        "属人化",
        "巴士系数",
    ),
)
