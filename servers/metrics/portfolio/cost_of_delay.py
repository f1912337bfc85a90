"""What do late items cost?"""

from servers.metrics import facts
from servers.metrics.metric import SNAP, Metric, Snapshot, Total

_LATE_DAYS = "greatest(0, (least(f.done_at, f._at) at time zone :tz)::date - (f.target_at at time zone :tz)::date)"
_COST = f"f.cod_per_week * {_LATE_DAYS} / 7.0"

cost_of_delay = Metric(
    id="cost_of_delay",
    title="Cost of delay",
    question="What do late items cost?",
    doc="Cost per week times the weeks each epic is or was late, up to now, over epics with both a target date and a cost of delay; the queue orders open "
    "epics by cost per week over remaining weeks (CD3).",
    family="portfolio",
    fact=facts.epic,
    at="f.created_at",
    snapshot=Snapshot("f.created_at", "null::timestamptz"),
    where="f.target_at is not null and f.cod_per_week is not null",
    measure=Total(_COST),
    unit="currency",
    better="lower",
    dimensions=facts.DP,
    grains=SNAP,
    needs=("issues",),
    extras={"late": f"count(*) filter (where {_LATE_DAYS} > 0)"},
    asides={
        "by_epic": f"select coalesce(jsonb_object_agg(key, cost), '{{}}') from (select f.key, ({_COST})::float8 as cost from {{window}} f "
        "order by 2 desc, f.id limit 100) l",
        "missing": "select coalesce(jsonb_agg(key), '[]') from (select f.key from {rows} f where f.done_at is null and "
        "(f.target_at is null or f.cod_per_week is null) order by f.id limit 100) l",
    },
    configured=(
        "select exists (select 1 from {rows} f where f.cod_per_week is not null)",
        "No epic has a cost of delay; map the field with jira.fields.cod_per_week in pulse.yaml.",
    ),
    beside="servers.metrics.epic_queue:queue",
    chart="listed",
    edges="An epic without a date or a cost is listed, never invented; amounts are in the currency they were entered in.",
    beware="Made-up values.",
    synonyms=(
        "cost of delay", "cost of being late", "delay cost", "CoD", "CD3", "what does the delay cost", "price of delay", "Verzögerungskosten",
        "coût du retard", "costo del retraso", "custo do atraso", "遅延コスト", "延迟成本",
    ),
)  # fmt: skip
