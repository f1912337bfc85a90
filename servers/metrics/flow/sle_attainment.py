"""Do we keep our usual promise?"""

from servers.metrics import facts
from servers.metrics.metric import MONTH_UP, Metric, Ratio, Standard
from servers.metrics.plan import Plan
from servers.metrics.result import Figure, Group, Result

LEAST = 10
_CYCLE = "elapsed(f.start_at; f.done_at) / {day_hours}"


def _without_history(_plan: Plan, result: Result) -> None:
    """Without enough items before the window there is no promise to keep; that is too little data, not an empty ratio."""
    parts: list[Result | Group] = [result, *(result.groups or [])]
    found: list[Figure] = [*parts, *(result.series or []), *(part.compare for part in parts if part.compare)]
    for figure in found:
        extra = figure.__pydantic_extra__ or {}
        if figure.status == "no_denominator" and extra.get("sle_days") is None:
            figure.status, figure.needs = "not_enough_data", {"items_before": LEAST}


sle_attainment = Metric(
    id="sle_attainment",
    title="Service level attainment",
    question="Do we keep our usual promise?",
    doc="Finished items that took no longer than the 85th percentile of the 90 days before the window (the service level expectation, in days), divided by "
    "finished items with a start.",
    family="flow",
    fact=facts.issue,
    at="f.done_at",
    where="not f.cancelled",
    measure=Ratio(f"{_CYCLE} <= {{standard}}", "f.start_at is not null and {standard} is not null"),
    unit="ratio",
    better="higher",
    dimensions=facts.DI,
    grains=MONTH_UP,
    clock=True,
    needs=("issues",),
    standard=Standard(f"case when f.start_at is not null then {_CYCLE} end", 0.85, 90, LEAST),
    extras={"sle_days": "max({standard})", "no_start": "count(*) filter (where f.start_at is null)"},
    reference="0.85 is expected; below 0.75 is a signal.",
    chart="ratio",
    expected=(0.85, "expected 85 %"),
    alarms=("bulk_closing",),
    edges="Items that never were in progress are out; ten finished items are needed before the window; a group is held to its own past.",
    beware="The expectation drifts with a bad history, so it is shown (sle_days).",
    synonyms=(
        "service level attainment",
        "service level expectation",
        "SLE attainment",
        "SLE",
        "SLA of tickets",
        "do we keep our service level",
        "delivery predictability",
        "Einhaltung des Service-Levels",
        "respect du niveau de service",
        "cumplimiento del nivel de servicio",
        "サービスレベル達成率",
        "服务水平达成率",
    ),
    after=_without_history,
)
