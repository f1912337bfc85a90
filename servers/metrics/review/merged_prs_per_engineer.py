"""Does flow per head change?"""

from servers.metrics import facts
from servers.metrics.metric import MONTH_UP, Metric, People, Ratio

merged_prs_per_engineer = Metric(
    id="merged_prs_per_engineer",
    title="Merged PRs per engineer",
    question="Does flow per head change?",
    doc="Merged pull requests of a team divided by the weeks that its people belonged to it, weighted by their allocation; for groups of three or more.",
    family="review",
    fact=facts.engineering,
    at="f.at",
    measure=Ratio("f.merged", "f.weeks", sums=True),
    unit="PRs/engineer/week",
    better="context",
    dimensions=("team",),
    grains=MONTH_UP,
    needs=("pull_requests",),
    min_den=1,
    people=People("f.person_id", 3),
    extras={
        "merged": "coalesce(sum(f.merged), 0)",
        "engineer_weeks": "coalesce(sum(f.weeks), 0)::float8",
        "people": "count(distinct f.person_id)",
    },
    configured=(
        "select exists (select 1 from team_member)",
        "No team has members; set teams[].members in pulse.yaml, or let Pulse read the teams of GitHub.",
    ),
    warns={
        "absence_unknown": ("select true", "leave and other absence are unknown, so weeks count in full."),
        "membership_as_of_now": (
            "select exists (select 1 from team_member m where m.source = 'github' and m.valid_from < :w_from)",
            "GitHub only tells who is in a team now; give teams[].members with dates in pulse.yaml for the past.",
        ),
    },
    reference="The speed metric of DX Core 4, to be read with its other three.",
    chart="line",
    alarms=("split_pull_requests",),
    flattering_rise=True,
    edges="Absence is unknown. Someone in two teams counts with the allocation to each; pull requests count in the author's primary team.",
    beware="As a target it only shrinks pull requests; there is no view of persons.",
    synonyms=(
        "PRs per engineer",
        "merged PRs per engineer",
        "pull requests per engineer",
        "PRs per developer",
        "diffs per engineer",
        "PRs per head",
        "PRs pro Entwickler",
        "PR par ingénieur",
        "PR por ingeniero",
        "1人あたりのPR数",
    ),
)
