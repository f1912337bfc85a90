"""What a refresh of a part is about, continued: from pull requests and what else moves deployments to services and incidents."""

from etl.derive.derivation import Step
from etl.derive.kinds import called_a_repair
from etl.derive.scope import Stage, noted

HIT_BY_PULL = Step(
    "d_hit_by_pull",
    """
with repaired as (
  select id from d_scope_repaired
  union select l.issue_id from d_scope_pull s join issue_pr l on l.pr_id = s.id
    where s.id in (select id from d_scope_told) or s.id in (select pr_id from d_revert))
select i.id, v.service_id
from repaired l join incident i on i.id = 'incident:' || l.id
left join fact_incident f on f.id = i.id left join fact_deployment d on d.id = f.link_deployment_id
cross join lateral (select i.service_id union select d.service_id) v
""",
)

# Parts of a deployment are noted under its id, with the service behind an @ where there are several.
TOUCHED_DEPLOYMENT = Step(
    "d_touched_deployment",
    """
select key as id from d_touched where kind = 'deployment' union select regexp_replace(key, '@[^@]*$', '') from d_touched where kind = 'deployment'
""",
)

# Of a pull request deployments depend on when and whereto it was merged, and on whether it looks like a repair; what else is shown of it is
# written without deriving them (see `pull_request_facts`).
SHIPS = Step(
    "d_ships",
    f"""
with looks as (
  select p.id, {called_a_repair("p")} as repairs from d_scope_told t join d_pr p using (id) cross join d_parameter x),
looked as (
  select f.id, {called_a_repair("f")} as repairs from d_scope_told t join fact_pull_request f using (id) cross join d_parameter x)
select t.id from d_scope_told t join pull_request p using (id) left join d_pr n using (id) left join fact_pull_request f using (id)
left join looks using (id) left join looked using (id) left join repository r on r.id = p.repo_id
where (p.merged_at is not null or f.merged_at is not null or p.base_ref is distinct from r.default_branch) and (
  n.id is null or f.id is null or looks.repairs <> looked.repairs
  or exists (select from d_touched c where c.kind = 'pull' and c.key = t.id and c.part = 'ships')
  or row(n.merged_at, n.base_ref, n.is_promotion, n.number, n.repo) is distinct from row(f.merged_at, f.base_branch, f.is_promotion, f.number, f.repo))
""",
)

# A pull request or commit matters to deployments only where something is deployed; a run only where runs are the source.
PLACE = Step(
    "d_place",
    """
with hit as (select incident_id from d_scope_hit union select id from d_hit_by_pull),
committed as (
  select p.repo_id from d_ships join pull_request p using (id)
  union select p.repo_id from hit h join d_scope_names n on 'incident:' || n.issue_id = h.incident_id join pull_request p on p.id = n.pr_id
  union select key from d_touched where kind = 'commit')
select key as id from d_touched where kind = 'repository'
union select d.repo_id from d_touched_deployment t join deployment d using (id)
union select c.repo_id from committed c where exists (
    select from service_repository m join service s on s.id = m.service_id where m.repo_id = c.repo_id and s.chosen_source is not null)
  or exists (select from deployment d where d.repo_id = c.repo_id and d.service_id is not null)
union select w.repo_id from d_touched t join workflow_run w on w.id = t.key
  where t.kind = 'run' and coalesce(w.event, '') not in ('pull_request', 'pull_request_target') and exists (
    select from service_repository m join service s on s.id = m.service_id where m.repo_id = w.repo_id
      and case coalesce(s.deployment_source, 'auto') when 'auto' then s.chosen_source is distinct from 'github_deployments'
        else s.deployment_source = 'workflow_runs' end)
""",
)

# Incidents that name, or were repaired by, what lies outside their own service may be laid to anything that comes: they go with every refresh
# of deployments.
FLOATING = Step(
    "d_floating",
    """
with repair as (
  select i.id, i.service_id, k.pr_id from incident i join issue_pr k on k.issue_id = i.issue_id where not i.duplicate),
repaired as (
  select id, service_id, pr_id from repair
  union select r.id, r.service_id, f.reverts_pr_id from repair r join fact_pull_request f on f.id = r.pr_id where f.reverts_pr_id is not null
  union select r.id, r.service_id, n.reverts from repair r join d_revert n using (pr_id))
select i.id, i.service_id, d.service_id as other_id
from incident i left join incident_correction c on c.incident_id = i.id
left join fact_incident f on f.id = i.id left join fact_deployment d on d.id = f.link_deployment_id
where not i.duplicate and (i.caused_by_ref is not null or i.caused_by_deployment_id is not null or c.deployment_id is not null)
  and not coalesce(f.link_kind = 'explicit' and d.service_id = i.service_id and i.caused_by_deployment_id is null, false)
union
select r.id, r.service_id, m.service_id from repaired r join pull_request p on p.id = r.pr_id join service_repository m on m.repo_id = p.repo_id
where m.service_id is distinct from r.service_id
""",
)

# A touched incident may name what another service deployed.
NAMED = Step(
    "d_named_service",
    r"""
with told as (
  select i.id, i.caused_by_ref as ref, array[i.caused_by_deployment_id, c.deployment_id, i.caused_by_ref] as names,
    lower(substring(i.caused_by_ref from '([\w.-]+/[\w.-]+)(?:#|/pull/|/commit/|/releases/|/deployments/)')) as repo, f.project_key as home,
    lower(substring(i.caused_by_ref from '(?:^|/commit/|@)([0-9a-fA-F]{7,40})$')) as sha,
    coalesce(substring(i.caused_by_ref from '/releases/tag/([^/\s]+)$'), i.caused_by_ref) as tag
  from incident i left join incident_correction c on c.incident_id = i.id left join issue f on f.id = i.issue_id and f.source = 'github'
  where i.id in (select incident_id from d_scope_hit)
    and (i.caused_by_ref is not null or i.caused_by_deployment_id is not null or c.deployment_id is not null)),
place as (
  select n.repo_id from told t join repository_called n on n.name in (t.repo, lower(t.home))
  union select d.repo_id from told t join deployment d on starts_with(d.sha, t.sha) or d.ref = t.tag
  union select d.repo_id from told t join workflow_run d on starts_with(d.sha, t.sha) or d.branch = t.tag
  union select d.repo_id from told t join release d on starts_with(d.sha, t.sha) or d.tag = t.tag)
select m.service_id from place p join service_repository m using (repo_id)
union select d.service_id from told t join deployment d on starts_with(d.sha, t.sha) or d.ref = t.tag where d.service_id is not null
union select f.service_id from told t join fact_deployment_row f on f.id = any(t.names) or f.deployment_id = any(t.names) or f.url = t.ref
union select d.service_id from told t join fact_change c on starts_with(c.sha, t.sha) join fact_deployment d on d.id = c.deployment_id
""",
)

# Services that share a repository are derived together: a change counts at the first of them.
SERVICE = Step(
    "d_about_service",
    """
with recursive reach as (
  select service_id as id from d_scope_hit where service_id is not null
  union select service_id from d_named_service
  union select key from d_touched where kind = 'service'
  union select d.service_id from d_touched_deployment t join deployment d using (id) where d.service_id is not null
  union select f.service_id from d_touched t join fact_deployment_row f on f.id = t.key where t.kind = 'deployment'
  union select m.service_id from d_scope_place r join service_repository m on m.repo_id = r.id
  union select d.service_id from d_scope_place r join deployment d on d.repo_id = r.id where d.service_id is not null
  union select d.service_id from d_scope_ships t join fact_change c on c.pr_id = t.id join fact_deployment d on d.id = c.deployment_id
  union select v.id from d_floating f, unnest(array[f.service_id, f.other_id]) v(id) where v.id is not null
  union
  select n.service_id from reach r cross join lateral (
    select m.repo_id from service_repository m where m.service_id = r.id
    union select d.repo_id from deployment d where d.service_id = r.id and d.repo_id is not null
    union select p.repo_id from fact_deployment_row f cross join lateral (values (f.id), (f.deployment_id)) v(id)
      join deployment_change c on c.deployment_id = v.id and c.given join pull_request p on p.id = c.pr_id where f.service_id = r.id offset 0) a
  cross join lateral (
    select m.service_id from service_repository m where m.repo_id = a.repo_id
    union select d.service_id from deployment d where d.repo_id = a.repo_id and d.service_id is not null offset 0) n)
select id from reach
""",
)

DEPLOYMENT = Step(
    "d_about_deployment",
    """
select d.id from d_scope_service s join deployment d on d.service_id = s.id
union select d.id from d_scope_service s join service_repository m on m.service_id = s.id join deployment d on d.repo_id = m.repo_id
""",
)

REPOSITORY = Step(
    "d_about_repository",
    """
select m.repo_id as id from d_scope_service s join service_repository m on m.service_id = s.id
union select d.repo_id from d_scope_service s join deployment d on d.service_id = s.id where d.repo_id is not null
union select p.repo_id from d_about_deployment d join deployment_change c on c.given and (c.deployment_id = d.id or starts_with(c.deployment_id, d.id || '@'))
  join pull_request p on p.id = c.pr_id
""",
)

LOGICAL = Step("d_logical_before", "select f.id from d_scope_service s join fact_deployment f on f.service_id = s.id")

INCIDENT = Step(
    "d_about_incident",
    """
select incident_id as id from d_scope_hit union select id from d_floating
union select i.id from d_scope_service s join incident i on i.service_id = s.id
""",
)


DEPLOYMENTS = Stage(
    (
        (
            (HIT_BY_PULL, TOUCHED_DEPLOYMENT, SHIPS, PLACE),
            f"{noted({'hit': HIT_BY_PULL}, 'id, service_id')} union all {noted({'ships': SHIPS, 'place': PLACE})}",
        ),
    ),
    """
exists (select from d_scope where kind in ('hit', 'place')) or exists (select from d_touched where kind in ('service', 'deployment'))
  or exists (select from d_scope s join fact_change c on c.pr_id = s.key where s.kind = 'ships')
""",
    ("pull", "commit"),
)
"""Whether deployments or incidents are concerned at all; after pull requests and their links are derived."""

SERVICES = Stage(
    (
        ((FLOATING, NAMED, SERVICE), noted({"service": SERVICE})),
        (
            (DEPLOYMENT, REPOSITORY, LOGICAL, INCIDENT),
            noted({"deployment": DEPLOYMENT, "repository": REPOSITORY, "logical": LOGICAL, "incident": INCIDENT}),
        ),
    ),
    "exists (select from d_scope where kind in ('service', 'incident'))",
    ("deployment", "repository", "incident"),
)
"""Which services and incidents, where any are concerned."""
