"""R1: which events are deployments of which service, by the one source of each service."""

from etl.derive.derivation import Derivation, Fill, Step
from etl.derive.pull_requests import STORED
from store.tables.facts import fact_deployment_row

RECENT_DAYS = 180
"""A source that showed nothing for so many days is not taken by `auto`."""

STATUSES = Step(
    "d_deployment_state",
    """
select deployment_id, min(at) filter (where state = 'success') as success_at, min(at) filter (where state in ('failure', 'error')) as failed_at,
  min(at) filter (where state = 'in_progress') as began_at, (array_agg(state order by at desc, id desc))[1] as last_state
from deployment_status group by deployment_id
""",
)

EVENT = Step(
    "d_event",
    """
select d.id, d.source, d.repo_id, d.service_id, d.environment, d.environment_class, d.production_environment, d.sha, d.ref, d.group_key, d.change_kind,
  d.url, null as workflow,
  case when s.deployment_id is null then d.status when s.success_at is not null then 'success' when s.failed_at is not null then 'failure'
    when s.last_state = 'inactive' then 'cancelled' else 'running' end as status,
  coalesce(d.started_at, s.began_at, d.created_at) as started_at,
  case when s.deployment_id is null then d.finished_at else coalesce(s.success_at, s.failed_at) end as finished_at
from deployment d left join d_deployment_state s on s.deployment_id = d.id
where d.deleted_at is null
union all
select w.id, 'workflow_runs', w.repo_id, null,
  case when named.value ~* p.staging then 'staging' when named.value ~* p.testing then 'test' else 'production' end,
  null, null, w.sha, w.branch, w.id, null, w.url, lower(concat_ws(' ', w.name, regexp_replace(w.path, '^.*/', ''))),
  case w.conclusion when 'success' then 'success' when 'cancelled' then 'cancelled' else 'failure' end, coalesce(w.started_at, w.created_at), w.updated_at
from workflow_run w cross join d_parameter p cross join lateral (
  select concat_ws(' ', w.name, regexp_replace(w.path, '^.*/', '')) as value) named
where w.status = 'completed' and w.conclusion in ('success', 'failure', 'timed_out', 'startup_failure', 'cancelled')
  and coalesce(w.event, '') not in ('pull_request', 'pull_request_target')
union all
select r.id, 'releases', r.repo_id, null, 'production', null, true, r.sha, r.tag, null, null, r.url, null, 'success', r.published_at, r.published_at
from release r where not r.draft and not r.prerelease and r.published_at is not null
union all
select 'merge:' || p.id, 'merges', p.repo_id, null, 'production', null, true, p.merge_commit_sha, p.base_ref, null, null, p.url, null, 'success',
  p.merged_at, p.merged_at
from d_pr p where p.merged_at is not null and p.base_ref = p.default_branch and not p.is_promotion
  and exists (select from service where deployment_source = 'merges')
""",
)

CANDIDATE = Step(
    "d_candidate",
    """
with owned as (
  select e.*, s.id as for_service, s.key, s.deployment_source, s.deployment_environment, s.deployment_workflow, s.deployment_branch, s.deployment_tag,
    r.full_name as repo, r.default_branch
  from d_event e join service s on s.id = e.service_id left join repository r on r.id = e.repo_id
  union all
  select e.*, s.id, s.key, s.deployment_source, s.deployment_environment, s.deployment_workflow, s.deployment_branch, s.deployment_tag,
    r.full_name, r.default_branch
  from d_event e join (select distinct service_id, repo_id from service_repository) m on m.repo_id = e.repo_id and e.service_id is null
  join service s on s.id = m.service_id join repository r on r.id = e.repo_id)
select o.*, case
    when o.environment is null or o.source = 'api' and o.environment_class is not null then coalesce(o.environment_class, 'other')
    when o.deployment_environment is not null then case when o.environment ~* o.deployment_environment then 'production' else 'other' end
    when o.environment ~* p.production_pattern or coalesce(o.production_environment, false) then 'production'
    when o.environment ~* p.staging then 'staging' when o.environment ~* p.testing then 'test' else 'other' end as class
from owned o cross join d_parameter p
where case o.source
  when 'workflow_runs' then
    case when o.deployment_workflow is null then o.workflow ~* p.deploy_workflow else position(lower(o.deployment_workflow) in o.workflow) > 0 end
    and coalesce(o.ref = coalesce(o.deployment_branch, o.default_branch), true)
  when 'releases' then o.deployment_tag is null or o.ref ~ o.deployment_tag
  when 'tags' then o.deployment_tag is null or o.ref ~ o.deployment_tag
  else true end
""",
    indexes=("(for_service)",),
)

CHOSEN = Step(
    "d_chosen",
    f"""
select s.id as service_id, case when coalesce(s.deployment_source, 'auto') <> 'auto' then s.deployment_source else (
  select c.source from d_candidate c cross join d_config g
  where c.for_service = s.id and c.class = 'production' and c.source in ('github_deployments', 'workflow_runs', 'releases', 'tags')
    and coalesce(c.finished_at, c.started_at) > g.as_at - interval '{RECENT_DAYS} days'
  order by array_position(array['github_deployments', 'workflow_runs', 'releases', 'tags'], c.source) limit 1) end as source
from service s
""",
    kept=True,
)

CHOSEN_UPDATE = """
update service s set chosen_source = c.source from d_chosen c where c.service_id = s.id and s.chosen_source is distinct from c.source
"""

ROW = Step(
    "d_row",
    """
select case when count(*) over (partition by c.id) > 1 then c.id || '@' || c.key else c.id end as id, c.id as deployment_id, c.for_service as service_id,
  c.key as service, c.repo_id, c.repo, c.environment, coalesce(c.repo_id, '') || '|' || coalesce(c.environment, '') as place, c.source, c.status, c.sha, c.ref,
  coalesce(c.started_at, c.finished_at) as started_at, c.finished_at, c.group_key, c.change_kind, c.url, c.default_branch
from d_candidate c join d_chosen x on x.service_id = c.for_service and x.source = c.source
where c.class = 'production' and c.status in ('success', 'failure', 'cancelled') and c.finished_at is not null
""",
    indexes=("(service_id, place, finished_at)",),
)

FACT = Step(
    "new_fact_deployment_row",
    """
select r.id, r.deployment_id, r.service_id, r.repo_id, r.service, t.key as owner_team, r.repo, r.environment, r.source, r.status, r.finished_at,
  coalesce(r.url, home.url || '/commit/' || r.sha) as url
from d_row r join service s on s.id = r.service_id left join team t on t.id = s.owner_team_id left join repository home on home.id = r.repo_id
""",
)

deployment_rows = Derivation(
    "deployment_rows",
    (STATUSES, EVENT, CANDIDATE, CHOSEN, CHOSEN_UPDATE, ROW, FACT),
    (Fill(fact_deployment_row, within="t.service_id in (select id from d_scope_service)"),),
    part="services",
    first=(STORED, "analyze d_pr"),
    reads={
        "service": "id in (select id from d_scope_service)",
        "deployment": "id in (select id from d_scope_deployment)",
        "deployment_status": "deployment_id in (select id from d_scope_deployment)",
        "workflow_run": "repo_id in (select id from d_scope_repository)",
        "release": "repo_id in (select id from d_scope_repository)",
    },
)  # fmt: skip
