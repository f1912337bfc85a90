"""R5: which issues are incidents, when they began and ended, and which service they hit."""

from etl.derive.derivation import Derivation, Fill, Step
from store.tables.delivery import incident

CANDIDATE = Step(
    "d_incident",
    r"""
select i.*, f.closed_at, p.caused_by
from issue i join d_life f on f.issue_id = i.id cross join d_parameter p
where i.deleted_at is null and (
  (i.source <> 'github' and exists (
    select from d_word w where w.kind = 'jira_type' and w.word = regexp_replace(pg_temp.folded(i.type), '^\[system\]', '')))
  or exists (
    select from d_word w, unnest(i.labels) l
    where w.kind = case when i.source = 'github' then 'github_label' else 'jira_label' end and w.word = pg_temp.folded(l)))
""",
)

# The service as named, else the one among the components, else the only service of the project or of its team.
SERVICE = Step(
    "d_incident_service",
    """
with option as (
  select i.id, s.id as service_id, 1 as rank from d_incident i join service s
    on pg_temp.folded(i.service_name) in (pg_temp.folded(s.key), pg_temp.folded(s.name))
  union select i.id, s.id, 2 from d_incident i join service s
    on coalesce(i.service_name, '') = '' and pg_temp.folded(s.key) in (select pg_temp.folded(c) from unnest(i.components) c)
  union select i.id, m.service_id, 3 from d_incident i join repository r on r.full_name = i.project_key join service_repository m on m.repo_id = r.id
    where coalesce(i.service_name, '') = ''
  union select i.id, s.id, 4 from d_incident i join team t on i.project_key = any(t.jira_projects) join service s on s.owner_team_id = t.id
    where coalesce(i.service_name, '') = ''
  union select i.id, s.id, 5 from d_incident i join fact_issue f on f.id = i.id join team t on t.key = f.team join service s on s.owner_team_id = t.id
    where coalesce(i.service_name, '') = ''),
best as (select id, min(rank) as rank from option group by id)
select o.id, min(o.service_id) as service_id from option o join best b using (id, rank) group by o.id having count(*) = 1
""",
)

FROM_ISSUES = Step(
    "new_incident",
    r"""
select 'incident:' || i.id as id, i.site, i.source, i.id as issue_id, i.key, i.title, s.service_id, 'team:' || f.team as team_id,
  'sev' || coalesce(
    substring(i.severity from '[1-4]'), (select substring(l from '(?i)^sev(?:erity)?[ :_-]*([1-4])$') from unnest(i.labels) l
    where l ~* '^sev(erity)?[ :_-]*[1-4]$' order by 1 limit 1)) as severity,
  i.cause, coalesce(i.impact_start_at, i.created_at) as started_at, coalesce(i.impact_end_at, i.closed_at) as resolved_at,
  null as caused_by_deployment_id,
  coalesce(nullif(i.caused_by_ref, ''),
    (select l.url from issue_link l where l.issue_id = i.id and l.url is not null
      and (l.kind ~* 'caus' or l.relationship ~* 'caus' or l.direction = 'remote' and coalesce(l.relationship, '') !~* 'fix|resol|revert|mention'
        and (l.kind in ('pull_request', 'commit') or l.url ~ '/(releases/tag|deployments)/'))
      order by l.kind ~* 'caus' or coalesce(l.relationship, '') ~* 'caus' desc, l.id limit 1),
    substring(i.body from '(?i)' || i.caused_by)) as caused_by_ref,
  i.duplicate_of is not null or coalesce(pg_temp.folded(i.resolution) = 'duplicate', false) as duplicate
from d_incident i left join d_incident_service s on s.id = i.id left join fact_issue f on f.id = i.id
""",
)

COLUMNS = (
    "id", "site", "source", "issue_id", "key", "title", "service_id", "team_id", "severity", "cause", "started_at", "resolved_at",
    "caused_by_deployment_id", "caused_by_ref", "duplicate",
)  # fmt: skip

ISSUES_OWN = "t.issue_id is not null and t.source <> 'api'"

incidents = Derivation(
    "incidents",
    (CANDIDATE, SERVICE, FROM_ISSUES),
    (Fill(incident, COLUMNS, ours=ISSUES_OWN, within="t.id in (select 'incident:' || id from d_scope_issue)"),),
    part="issues",
    reads={"issue": "id in (select id from d_scope_issue)", "issue_link": "issue_id in (select id from d_scope_issue)"},
)
