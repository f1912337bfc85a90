"""How much is open at once?"""

from servers.metrics import facts
from servers.metrics.metric import SNAP, Count, Metric, Snapshot

SLE = (
    "coalesce(cast(:sle_days as float8), (select percentile_cont(0.85) within group (order by extract(epoch from i.done_at - i.start_at) / 86400) "
    "from {rows:issue} i where not i.cancelled and i.done_at > cast(:known_end as timestamptz) - interval '90 days' and i.done_at <= :known_end))"
)
"""The 85th percentile of cycle time over the last 90 days, in days; given by hand with `sle_days`."""
AGE_DAYS = "extract(epoch from f._at - f.start_at) / 86400"
AGING = {
    "ages_days": f"select coalesce(jsonb_object_agg(key, age), '{{}}') "
    f"from (select f.key, {AGE_DAYS} as age from {{window}} f order by f.start_at limit 100) l",
    "over_sle": f"select coalesce(jsonb_agg(f.key order by f.start_at), '[]') from {{window}} f where {AGE_DAYS} > {SLE}",
    "sle_days": f"select {SLE}",
}
"""How old each open item is, and which are older than items usually take."""

wip = Metric(
    id="wip",
    title="Work in progress",
    question="How much is open at once?",
    doc="Items in progress at an instant; per person it is averaged over those with at least one.",
    family="flow",
    fact=facts.issue_state,
    at="f.from_at",
    snapshot=Snapshot("f.from_at", "f.to_at"),
    measure=Count(),
    unit="items",
    better="lower",
    dimensions=facts.DI,
    grains=SNAP,
    needs=("issues",),
    extras={"per_person": "(count(*) filter (where f.assignee_id is not null))::float8 / nullif(count(distinct f.assignee_id), 0)"},
    asides=AGING,
    chart="cumulative",
    edges="Flagged items are in; an item that went back to todo is out.",
    beware="Hiding work in todo.",
    synonyms=(
        "wip",
        "work in progress",
        "flow load",
        "open at once",
        "in progress",
        "in Arbeit",
        "laufende Arbeit",
        "en cours",
        "trabajo en curso",
        "em andamento",
        "仕掛り",
        "在制品",
    ),
)
