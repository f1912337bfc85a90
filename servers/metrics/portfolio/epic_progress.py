"""How far is it?"""

from servers.metrics import facts, sizes
from servers.metrics.metric import SNAP, Metric, Ratio, Snapshot
from servers.metrics.plan import Plan
from servers.metrics.result import Result

_NOW = "not f.is_baseline"
_DONE = f"{_NOW} and f.done_at is not null and f.done_at <= f._at"
_BEGUN = "f.baseline_at <= f._at"
_GREW = (
    "select coalesce(count(*) filter (where not f.is_baseline) > 1.2 * count(*) filter (where f.is_baseline), false) "
    "from {window} f where f.baseline_at <= f._at"
)


def _without_items(_plan: Plan, result: Result) -> None:
    """An epic without items has no progress yet; nothing was divided by zero."""
    if result.status == "no_denominator":
        result.status, result.message = "not_enough_data", "There are no items in these epics."


epic_progress = Metric(
    id="epic_progress",
    title="Epic progress",
    question="How far is it?",
    doc="Share of an epic's work that is done, over its items that are not cancelled; with what remains and how much the scope has grown since two weeks "
    "after the start. Over open epics, or those that are named; points where at least 80 % is estimated, else items.",
    family="portfolio",
    fact=facts.epic_item,
    at="f.since_at",
    snapshot=Snapshot("f.since_at", "f.until_at"),
    where="f.epic_done_at is null or f.epic_done_at > t.at or :epic_named",
    measure=Ratio(f"case when {_DONE} then f.w end", f"case when {_NOW} then f.w end", sums=True),
    unit="ratio",
    better="higher",
    dimensions=facts.DP,
    grains=SNAP,
    needs=("issues",),
    min_n=1,
    extras={
        "basis": sizes.BASIS,
        "unestimated": f"count(*) filter (where {_NOW} and f._points and not f._estimated)",
        "done": f"coalesce(sum(f.w) filter (where {_DONE}), 0)::float8",
        "total": f"coalesce(sum(f.w) filter (where {_NOW}), 0)::float8",
        "remaining_items": f"count(*) filter (where {_NOW} and (f.done_at is null or f.done_at > f._at))",
        "scope_growth": f"(sum(f.w) filter (where {_NOW} and {_BEGUN}) / nullif(sum(f.w) filter (where f.is_baseline), 0) - 1)::float8",
    },
    warns={"scope_grew": (_GREW, "the number of items has grown by more than 20 % since the baseline.")},
    after=_without_items,
    parts=("done", "total", "basis"),
    chart="burnup",
    usual_cut="epic",
    edges="No items: no value. Cancelled work leaves the total, a changed estimate changes both sums; an epic of several teams is counted in items.",
    beware="The last tenth takes longest: read it with the forecast.",
    synonyms=(
        "epic progress", "how far is the epic", "progress of epics", "furthest from done", "epic completion", "percent complete", "epic status",
        "scope growth", "epic scope", "Epic-Fortschritt", "avancement des epics", "progreso de épicas", "progresso dos épicos", "エピックの進捗",
        "史诗进度",
    ),
)  # fmt: skip
