"""Do we deliver when we said?"""

from servers.metrics import facts
from servers.metrics.metric import MONTH_UP, Metric, Ratio

_TARGET = "(f.original_target_at at time zone :tz)::date"
_ON_TIME = f"coalesce((f.done_at at time zone :tz)::date <= {_TARGET}, false)"
_SLIP_DAYS = f"(coalesce(f.done_at, :as_of) at time zone :tz)::date - {_TARGET}"

milestone_on_time_rate = Metric(
    id="milestone_on_time_rate",
    title="Delivery on date",
    question="Do we deliver when we said?",
    doc="Share of milestones (releases and dated epics) due in the window that were done on or before the day promised first: the one set at or before the "
    "start of work, else the first ever.",
    family="portfolio",
    fact=facts.milestone,
    at="f.original_target_at",
    where="not f.cancelled and (f.done_at <= :as_of or f.original_target_at + interval '1 day' <= :as_of)",
    measure=Ratio(_ON_TIME),
    unit="ratio",
    better="higher",
    dimensions=facts.DP,
    grains=MONTH_UP,
    needs=("issues",),
    min_den=5,
    extras={"slip_days": f"percentile_cont(0.5) within group (order by {_SLIP_DAYS})"},
    lists={"late": f"not {_ON_TIME}"},
    asides={
        "slips_days": f"select coalesce(jsonb_object_agg(key, slip), '{{}}') from (select f.key, {_SLIP_DAYS} as slip from {{window}} f "
        f"where not {_ON_TIME} order by 2 desc, f.id limit 20) l",
        "cancelled": "select coalesce(jsonb_agg(f.key order by f.id), '[]') from {rows} f where f.cancelled and f.original_target_at >= :w_from "
        "and f.original_target_at < :w_to",
        "without_first_date": "select count(*) from {rows} f where f.original_target_at is null and f.target_at >= :w_from and f.target_at < :w_to",
    },
    warns={
        "without_first_date": (
            "select exists (select 1 from {rows} f where f.original_target_at is null and f.target_at >= :w_from and f.target_at < :w_to)",
            "some releases have a single date in their source, so what was promised first is unknown; they are left out.",
        )
    },
    chart="counted",
    charts=("listed",),
    edges="The day itself is on time; cancelled milestones are out and listed; what is due today and open is not judged yet.",
    beware="Moving the date does not help; cutting scope does: read it with scope growth.",
    synonyms=(
        "on time", "delivered on time", "on-time delivery", "milestones on time", "on time rate", "hit our dates", "deadlines met", "kept dates",
        "delivery on date", "milestone slip", "Termintreue", "respect des délais", "entregas a tiempo", "entregas no prazo", "納期遵守率", "按时交付率",
    ),
)  # fmt: skip
