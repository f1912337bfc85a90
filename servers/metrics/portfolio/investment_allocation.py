"""Where does our capacity go?"""

from servers.metrics import facts
from servers.metrics.flow.flow_distribution import CLASSES, COLUMN
from servers.metrics.metric import MONTH_UP, Metric, Otherwise, Shares
from servers.metrics.plan import Plan
from servers.metrics.result import Result
from servers.metrics.review.work_traceability import TRACEABLE

CAPABILITY = ("new_capability", "improvement")
_HOURS = "extract(epoch from least({row}.to_at, :w_to) - greatest({row}.from_at, :w_from))"
_FEW_ASSIGNED = (
    f"with active as materialized (select s.id, {_HOURS.format(row='s')} as hours from {{rows:issue_state}} s where s.spell_kind = 'active' "
    "and s.from_at < :w_to and coalesce(s.to_at, 'infinity'::timestamptz) > :w_from) "
    f"select coalesce((select sum({_HOURS.format(row='w')}) from work_interval w where w.from_at < :w_to and (w.to_at > :w_from or w.to_at is null) "
    "and w.issue_id in (select a.id from active a)), 0) < 0.7 * (select sum(a.hours) from active a)"
)


def _new_capability(_plan: Plan, result: Result) -> None:
    """The share of new capability and improvement together, and what the shares are shares of."""
    extra = result.__pydantic_extra__
    if extra is None:
        return
    extra["basis"] = "effort_days"
    if isinstance(result.value, dict):
        extra["new_capability_share"] = sum(float(result.value.get(name) or 0) for name in CAPABILITY)


investment_allocation = Metric(
    id="investment_allocation",
    title="Investment allocation",
    question="Where does our capacity go?",
    doc="Share of effort per work class: each working day of each person is split equally over the issues in progress, active and assigned to that person "
    "on it. By epic or initiative it is the share of the whole.",
    family="portfolio",
    fact=facts.effort,
    at="f.at",
    measure=Shares(
        COLUMN,
        "work_class",
        CLASSES,
        weight="f.effort_days",
        total="effort_days",
        parts="by_days",
        also=("epic", "initiative"),
    ),
    unit="share",
    better="context",
    dimensions=facts.DP,
    grains=MONTH_UP,
    min_den=5,
    needs=("issues",),
    asides={
        "untracked_days": "select coalesce(sum(f.effort_days), 0) from {rows:untracked} f where f.at >= :w_from and f.at < :w_to",
    },
    trust=(TRACEABLE,),
    otherwise=Otherwise(
        "flow_distribution",
        _FEW_ASSIGNED,
        "items",
        "less than 70 % of the time in progress is assigned to somebody, so the shares are of finished items instead of effort.",
    ),
    chart="stacked",
    charts=("treemap",),
    usual_cut="work_class",
    edges="Days without anything in progress are untracked_days, not spread; weekends and holidays are out; work on a sub-task is work on its item; a day "
    "counts once it is over. With less than 70 % of the time in progress assigned the basis is finished items.",
    beware="False precision: it is not a time sheet.",
    synonyms=(
        "investment allocation",
        "investment mix",
        "where does the time go",
        "where our capacity goes",
        "KTLO share",
        "run versus build",
        "innovation share",
        "effort by kind of work",
        "Investitionsverteilung",
        "répartition de l'effort",
        "asignación de inversión",
        "投資配分",
        "投入分配",
    ),
    after=_new_capability,
)
