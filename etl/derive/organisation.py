"""Teams, services and who owns what: from pulse.yaml and an import, else one service per repository and the teams of GitHub."""

from etl.derive.derivation import Derivation, Fill, Step
from store.tables.code import service, service_repository
from store.tables.people import team

TEAM = Step(
    "new_team",
    """
select 'team:' || (t ->> 'key') as id, t ->> 'key' as key, coalesce(t ->> 'name', t ->> 'key') as name, 'team:' || (t ->> 'parent') as parent_team_id,
  t ->> 'timezone' as timezone, coalesce(t ->> 'source', 'yaml') as source, null as external_id,
  array(select jsonb_array_elements_text(t -> 'github_teams')) || array(
    select coalesce(s.external_id, s.key) from source_team s where t ->> 'source' = 'import' and lower(t ->> 'key') = lower(s.key) order by 1) as github_teams,
  array(select jsonb_array_elements_text(t -> 'jira_projects')) as jira_projects
from d_config, jsonb_array_elements(doc -> 'teams') t
""",
)

GITHUB_TEAM = """
insert into new_team
with keyed as (
  select s.*, case when count(*) over (partition by s.key) > 1 then coalesce(s.external_id, s.id) else s.key end as team_key from source_team s)
select 'team:' || k.team_key, k.team_key, coalesce(k.name, k.key), 'team:' || parent.team_key, null, 'github', k.external_id,
  array[coalesce(k.external_id, k.key)], '{}'::text[]
from keyed k left join keyed parent on parent.id = k.parent_id
where not exists (select from new_team n where n.source = 'yaml' or n.id = 'team:' || k.team_key)
"""

TEAM_SOURCE = Step(
    "d_team_source",
    """
select distinct t.id as team_id, s.id as source_team_id
from new_team t join source_team s on lower(coalesce(s.external_id, s.key)) in (select lower(g) from unnest(t.github_teams) g)
""",
)

SERVICE_YAML = Step(
    "d_service",
    """
select 'service:' || (s ->> 'key') as id, s ->> 'key' as key, coalesce(s ->> 'name', s ->> 'key') as name, 'team:' || (s ->> 'team') as owner_team_id,
  'yaml' as source, coalesce(s #>> '{deployments,source}', 'auto') as deployment_source, s #>> '{deployments,environment}' as deployment_environment,
  s #>> '{deployments,workflow}' as deployment_workflow, s #>> '{deployments,branch}' as deployment_branch, s #>> '{deployments,tag}' as deployment_tag,
  s -> 'repositories' as repositories
from d_config, jsonb_array_elements(doc -> 'services') s
""",
)

SERVICE_REPOSITORY = Step(
    "new_service_repository",
    """
select distinct s.id as service_id, r.id as repo_id, coalesce(regexp_replace(e ->> 'path', '^[./]+', ''), '') as path_prefix
from d_service s cross join lateral jsonb_array_elements(
  case when jsonb_array_length(s.repositories) = 0 then jsonb_build_array(jsonb_build_object('name', s.key)) else s.repositories end) e
join repository r on lower(e ->> 'name') in (lower(r.full_name), lower(r.name)) and r.deleted_at is null
""",
)

SERVICE_DEFAULT = """
insert into d_service
select 'service:' || named.key, named.key, r.name, null, 'repository', 'auto', null, null, null, null, jsonb_build_array(jsonb_build_object('id', r.id))
from repository r cross join lateral (
  select case when exists (select from repository o where o.name = r.name and o.id <> r.id and o.deleted_at is null)
    or exists (select from d_service s where s.key = r.name) then r.full_name else r.name end as key) named
where r.deleted_at is null and not r.fork
  and not exists (select from new_service_repository m where m.repo_id = r.id)
  and not exists (select from service_repository g join service s on s.id = g.service_id where s.source = 'given' and g.repo_id = r.id)
  and not exists (select from service g where g.source = 'given' and g.key = named.key)
"""

SERVICE_DEFAULT_REPOSITORY = """
insert into new_service_repository
select s.id, e ->> 'id', '' from d_service s, jsonb_array_elements(s.repositories) e where s.source = 'repository'
"""

# The most specific team that may write owns a repository: children before parents, then the team with the fewest repositories.
OWNER = Step(
    "d_owner",
    """
with breadth as (select team_id, count(*) as repositories from source_team_repository group by team_id)
select distinct on (m.service_id) m.service_id, ts.team_id
from new_service_repository m join source_team_repository g on g.repo_id = m.repo_id
join d_team_source ts on ts.source_team_id = g.team_id join breadth b on b.team_id = g.team_id
where lower(coalesce(g.permission, 'push')) in ('admin', 'maintain', 'push', 'write')
order by m.service_id, exists (select from source_team child where child.parent_id = g.team_id), b.repositories,
  array_position(array['admin', 'maintain', 'push', 'write'], lower(coalesce(g.permission, 'push'))), ts.team_id
""",
)

SERVICE = Step(
    "new_service",
    """
select s.id, s.key, s.name, coalesce(s.owner_team_id, o.team_id) as owner_team_id, s.source, s.deployment_source, s.deployment_environment,
  s.deployment_workflow, s.deployment_branch, s.deployment_tag
from d_service s left join d_owner o on o.service_id = s.id
""",
)

SERVICE_COLUMNS = (
    "id", "key", "name", "owner_team_id", "source", "deployment_source", "deployment_environment", "deployment_workflow", "deployment_branch",
    "deployment_tag",
)  # fmt: skip

organisation = Derivation(
    "organisation",
    (TEAM, GITHUB_TEAM, TEAM_SOURCE, SERVICE_YAML, SERVICE_REPOSITORY, SERVICE_DEFAULT, SERVICE_DEFAULT_REPOSITORY, OWNER, SERVICE),
    (
        Fill(team, ours="t.source in ('yaml', 'github', 'import')"),
        Fill(service_repository, ours="not exists (select from service s where s.id = t.service_id and s.source = 'given')"),
        Fill(service, SERVICE_COLUMNS, ours="t.source in ('yaml', 'repository')"),
    ),
    part="people",
)
