"""How stable is the plan?"""

from servers.metrics import facts, sizes
from servers.metrics.metric import SPRINT_AND_LONGER, Metric, Ratio

sprint_scope_change = Metric(
    id="sprint_scope_change",
    title="Sprint scope change",
    question="How stable is the plan?",
    doc="Work added to closed sprints after their start plus work removed from them, over the work committed; changed estimates stand apart.",
    family="sprint",
    fact=facts.sprint_issue,
    at="f.completed_at",
    measure=Ratio("f.w0 * (f.added::int + f.removed::int)", "f.w0 * f.committed::int", sums=True),
    unit="ratio",
    better="lower",
    dimensions=facts.DS,
    grains=SPRINT_AND_LONGER,
    needs=("issues",),
    min_n=1,
    extras={
        "basis": sizes.BASIS,
        "unestimated": sizes.UNESTIMATED,
        "sprints": "count(distinct f.sprint_id)",
        "committed": "coalesce(sum(f.w0) filter (where f.committed), 0)::float8",
        "added": "coalesce(sum(f.w0) filter (where f.added), 0)::float8",
        "removed": "coalesce(sum(f.w0) filter (where f.removed), 0)::float8",
        "reestimated": "coalesce(sum(f.w1 - f.w0) filter (where f.committed and not f.removed), 0)::float8",
    },
    chart="waterfall",
    charts=("ratio",),
    edges="What was added and removed again counts in both; cancelled in the sprint is removed.",
    beware="Responding to an urgent need is not a failure.",
    synonyms=(
        "scope change", "scope creep", "sprint scope", "added to the sprint", "added after the start", "stability of the plan", "sprint churn",
        "scope growth of sprints", "Umfangsänderung", "changement de périmètre", "cambio de alcance", "mudança de escopo", "スコープ変更", "范围变更",
    ),
)  # fmt: skip
