"""R9 and R12 for issues: team, work class and epic, beside the lifecycle of R11."""

from etl.derive.derivation import Derivation, Fill, Step
from store.tables.facts import fact_issue

SPRINT_TEAM = Step(
    "d_board_team",
    """
with mapped as (
  select b.id as board_id, 'team:' || (t ->> 'key') as team_id
  from d_config, jsonb_array_elements(doc -> 'teams') t, jsonb_array_elements_text(t -> 'boards') n join board b on b.external_id = n
  union
  select b.id, t.id from board b join project p on p.id = b.project_id join team t on p.key = any(t.jira_projects)
  where not exists (select from d_config, jsonb_array_elements(doc -> 'teams') y, jsonb_array_elements_text(y -> 'boards') n where n = b.external_id))
select board_id, min(team_id) as team_id from mapped group by board_id having count(*) = 1
""",
)

SPRINT = """
update sprint s set team_id = t.team_id from d_board_team t where t.board_id = s.board_id and s.team_id is distinct from t.team_id
"""

PROJECT_TEAM = Step(
    "d_project_team",
    """
with mapped as (
  select key, p as project from team, unnest(jira_projects) p
  union
  select t.key, r.full_name from repository r join service_repository m on m.repo_id = r.id join service s on s.id = m.service_id
  join team t on t.id = s.owner_team_id)
select project, case when count(*) = 1 then min(key) end as team from mapped group by project
""",
)

TEAM_NAME = Step(
    "d_team_name",
    """
select name, min(key) as key from (
  select id as name, key from team union select pg_temp.folded(key), key from team union select pg_temp.folded(name), key from team) named
group by name
""",
)

# Where the project alone does not tell, the board of the newest sprint does.
BOARD = Step(
    "d_board_issue",
    """
select distinct on (si.issue_id) si.issue_id, t.key as team
from sprint_issue si join sprint s on s.id = si.sprint_id join team t on t.id = s.team_id
order by si.issue_id, si.added_at desc, s.id
""",
)

EPIC = Step(
    "d_level",
    """
select i.id, i.key, coalesce(t.level, i.level) as level,
  coalesce(i.epic_id, named.issue_id, i.parent_id) as epic_id, i.initiative,
  coalesce(nullif(i.work_class_field, ''),
    (select substring(l from '(?i)^work-class:\\s*(.+)$') from unnest(i.labels) l where l ~* '^work-class:' order by l limit 1)) as own_class,
  t.work_class as type_class
from issue i left join d_type t on t.type = pg_temp.folded(i.type) left join issue_called named on named.site = i.site and named.key = i.epic_key
where i.deleted_at is null
""",
)

FACT = Step(
    "new_fact_issue",
    """
select i.id, i.site, i.key, i.title, i.url, i.project_key as project,
  coalesce(id_team.key, field_team.key, project_team.team, board_team.team, assignee_team.team) as team,
  i.type as issue_type, l.level, coalesce(x.work_class, 'unclassified') as work_class, i.priority, e.key as epic,
  coalesce(i.initiative, e.initiative) as initiative, i.components, i.labels, coalesce(w.person_id, i.assignee_id) as assignee_id,
  coalesce(f.status, i.status) as status, f.category,
  case when nullif(i.found_in, '') is not null then case when lower(i.found_in) ~ 'prod|customer|live' then 'production' else 'pre_release' end
    when exists (select from unnest(i.labels) n where lower(n) in ('customer', 'production')) or r.account_type = 'customer' then 'production' end
    as found_in,
  i.points, i.created_at, f.start_at, f.first_done_at, case when not f.cancelled then f.closed_at end as done_at,
  case when f.cancelled then coalesce(f.closed_at, i.resolved_at) end as cancelled_at, f.cancelled, coalesce(f.reopened_count, 0)::int as reopened_count,
  case when not f.cancelled and f.closed_at is not null and f.start_at is not null then coalesce(f.active_hours, 0) end as active_hours,
  case when not f.cancelled and f.closed_at is not null and f.start_at is not null then coalesce(f.waiting_hours, 0) end as waiting_hours,
  i.has_history
from issue i cross join d_config c join d_life f on f.issue_id = i.id join d_level l on l.id = i.id
left join d_level e on e.level = 'epic' and e.id = l.epic_id
left join lateral (
  select regexp_replace(lower(coalesce(l.own_class, case when l.level <> 'epic' then e.own_class end, l.type_class)), '[\\s-]+', '_', 'g')
    as work_class) x on true
left join d_team_name id_team on id_team.name = i.team_id left join d_team_name field_team on field_team.name = pg_temp.folded(i.team_name)
left join d_project_team project_team on project_team.project = i.project_key
left join d_board_issue board_team on board_team.issue_id = i.id
left join identity w on w.id = i.assignee_id left join identity r on r.id = i.reporter_id
left join primary_team assignee_team on assignee_team.person_id = w.person_id
  and assignee_team.from_at <= coalesce(f.closed_at, c.as_at) and coalesce(f.closed_at, c.as_at) < assignee_team.to_at
""",
)

issues = Derivation(
    "issues",
    (SPRINT_TEAM, SPRINT, PROJECT_TEAM, EPIC, TEAM_NAME, BOARD, FACT),
    (Fill(fact_issue, within="t.id in (select id from d_scope_issue)"),),
    part="issues",
    reads={"issue": "id in (select id from d_scope_issue)", "sprint_issue": "issue_id in (select id from d_scope_issue)"},
)
