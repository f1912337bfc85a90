"""Does a second person see every change?"""

from etl.derive.words import PATTERNS
from servers.metrics import facts
from servers.metrics.metric import MONTH_UP, Metric, Ratio

_PAIRED = (
    "exists (select from commit c cross join lateral regexp_matches(c.message, '(?n)^\\s*co-authored-by\\s*:.*$', 'gi') as trailer(line) "
    "where c.sha in (select pc.sha from pr_commit pc where pc.pr_id = f.id union select p.merge_commit_sha from pull_request p where p.id = f.id) "
    f"and not trailer.line[1] ~* '{PATTERNS['ai_trailer']}' and not trailer.line[1] ~* '\\[bot\\]')"
)
"""Somebody else is named as author too, and it is neither an AI tool nor a bot."""

unreviewed_merge_rate = Metric(
    id="unreviewed_merge_rate",
    title="Merged without review",
    question="Does a second person see every change?",
    doc="Merged pull requests without a review by a human other than the author at or before the merge, divided by all merged ones.",
    family="review",
    fact=facts.pull_request,
    at="f.merged_at",
    measure=Ratio("not f.reviewed_before_merge"),
    unit="ratio",
    better="lower",
    dimensions=facts.DG,
    grains=MONTH_UP,
    needs=("pull_requests",),
    extras={
        "self_merged_unapproved": "count(*) filter (where f.self_merged and not f.approved_before_merge)",
        "ai_reviewed_only": "count(*) filter (where f.ai_reviewed_only)",
        "paired": f"count(*) filter (where not f.reviewed_before_merge and {_PAIRED})",
    },
    chart="share_bars",
    edges="A review by AI alone is no review and is counted apart, and so are unreviewed ones that people wrote together (paired).",
    beware="Approval without reading.",
    synonyms=(
        "merged without review",
        "unreviewed merges",
        "without any review",
        "self-merge",
        "rubber stamping",
        "ohne Review gemergt",
        "fusionné sans revue",
        "sin revisión",
        "レビューなしマージ",
        "未经评审",
    ),
)
