"""Logical deployments with what became of them: failures, recovery, and how much they shipped."""

from etl.derive.derivation import Derivation, Fill, Step
from store.tables.facts import fact_deployment

FAILURE = Step(
    "d_failure",
    """
select deployment_id, count(*) as incidents, count(*) filter (where link_kind = 'inferred') as inferred_links,
  count(*) filter (where resolved_at is null) as open_incidents, max(resolved_at) as resolved_at, min(started_at) as incident_started_at,
  min(severity) as severity, bool_or(link_kind = 'explicit') as surely_linked
from d_link where deployment_id is not null group by deployment_id
""",
)

NEAR = Step(
    "d_near",
    """
select near_id as deployment_id, min(gap_hours) as gap_hours from d_link where near_id is not null group by near_id
""",
)

# An incident that began while the deployment still ran counts from the deployment's start. A source that gives no page: the commit's is shown.
FACT = Step(
    "new_fact_deployment",
    """
select k.id, k.service_id, k.service, o.key as owner_team, k.repo_id, k.repo, k.environment, k.source, k.kind, k.sha, k.ref, k.started_at, k.finished_at,
  k.parts::int as parts, coalesce(n.prs, 0)::int as pr_count, f.deployment_id is not null or u.logical_id is not null as failed,
  case when f.deployment_id is not null and u.logical_id is not null then 'both' when f.deployment_id is not null then 'incident'
    when u.logical_id is not null then 'rollback' end as failed_by,
  u.rollback_id as rolled_back_by_id, u.rolled_back_at, coalesce(f.incidents, 0)::int as incidents, coalesce(f.inferred_links, 0)::int as inferred_links,
  coalesce(f.open_incidents, 0)::int as open_incidents,
  case when f.deployment_id is null then u.rolled_back_at when f.open_incidents = 0 then f.resolved_at end as recovered_at,
  case when f.deployment_id is not null and f.incident_started_at < k.finished_at then k.started_at
    when f.deployment_id is not null or u.logical_id is not null then k.finished_at end as recovery_from_at,
  f.incident_started_at, f.severity, coalesce(f.surely_linked, false) as surely_linked, b.gap_hours,
  r.changes_by, coalesce(k.ref, left(k.sha, 10)) as title, coalesce(k.url, home.url || '/commit/' || k.sha) as url
from d_kind k left join d_failure f on f.deployment_id = k.id left join d_undone u on u.logical_id = k.id
left join d_near b on b.deployment_id = k.id
left join (select deployment_id, count(distinct pr_id) as prs from d_first group by deployment_id) n on n.deployment_id = k.id
left join (
  select logical_id, (array_agg(changes_by order by array_position(array['time', 'first', 'graph', 'given'], changes_by)))[1] as changes_by
  from d_range group by logical_id) r on r.logical_id = k.id
left join service s on s.id = k.service_id left join team o on o.id = s.owner_team_id left join repository home on home.id = k.repo_id
""",
)

deployment_facts = Derivation(
    "deployment_facts",
    (FAILURE, NEAR, FACT),
    (Fill(fact_deployment, within="t.service_id in (select id from d_scope_service)"),),
    part="services",
)
