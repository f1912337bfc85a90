-- Issues of forty projects with their whole history, epics above and sub-tasks below them, sprints and releases.
insert into project (id, site, source, key, name) select 'acme.atlassian.net:project:' || n, 'acme.atlassian.net', 'jira', 'P' || n, 'Project ' || n
from g_size, generate_series(0, teams - 1) n
union all select 'acme.atlassian.net:project:ops', 'acme.atlassian.net', 'jira', 'OPS', 'Operations';
insert into status (id, site, external_id, name, category)
select 'acme.atlassian.net:status:' || n, 'acme.atlassian.net', n::text, name, category
from (values (1, 'To Do', 'todo'), (2, 'In Progress', 'in_progress'), (3, 'Ready for review', 'in_progress'), (4, 'Blocked', 'in_progress'),
  (5, 'Done', 'done')) s(n, name, category);
insert into board (id, site, external_id, name, type, project_id)
select 'acme.atlassian.net:board:' || n, 'acme.atlassian.net', n::text, 'Board ' || n, 'scrum', 'acme.atlassian.net:project:' || n
from g_size, generate_series(0, teams - 1) n;

-- Lives first: what kind of item, when it is created and begun, in how many steps and how long it is worked on, and how it ends.
create temp table g_drawn on commit drop as
select n, floor(teams * power(pg_temp.u(n, 201), 1.3))::int as team, pg_temp.moment(n, 210, since, until) as created_at,
  case when n <= issues * 0.015 then 'Epic' else (array['Story', 'Story', 'Story', 'Bug', 'Bug', 'Task', 'Tech Debt', 'Sub-task', 'Improvement', 'Support'])[
    1 + floor(10 * pg_temp.u(n, 202))::int] end as type,
  2 + least(30, floor(-ln(1 - pg_temp.u(n, 203)) * 5.7))::int as steps,
  case when pg_temp.u(n, 204) < 0.09 then 'waiting' when pg_temp.u(n, 204) < 0.12 then 'skipped' when pg_temp.u(n, 204) < 0.18 then 'dropped'
    else 'usual' end as fate,
  pg_temp.u(n, 205) < 0.03 as reopened, pg_temp.hours(n, 230, 96, 1.5) as delay, pg_temp.hours(n, 240, 60, 1.3) as work,
  1 + floor(pg_temp.u(n, 206) * (people / teams))::int as worker
from g_size, generate_series(1, issues) n;
create temp table g_issue on commit drop as
select d.n, d.team, d.type, d.fate, d.reopened, d.created_at, d.steps, row_number() over (partition by d.team order by d.created_at, d.n) as number,
  pg_temp.awake(d.created_at + d.delay, d.n, 250) as start_at,
  case when d.type = 'Epic' then d.work * 20 else d.work end / d.steps as step,
  case when (d.worker - 1) * s.teams + d.team = 0 then s.people else (d.worker - 1) * s.teams + d.team end as person
from g_drawn d, g_size s;
create index on g_issue (team, number);
create temp table g_epic on commit drop as
select team, 'acme.atlassian.net:issue:' || n as id, row_number() over (partition by team order by created_at, n) as place from g_issue where type = 'Epic';
create index on g_epic (team, place);
analyze g_issue, g_epic;

-- Steps: in progress, then review and work by turns, now and then blocked, then done; some come back later.
create temp table g_step on commit drop as
select i.n, p.place, case when p.place > i.steps then i.start_at + i.step * i.steps + (p.place - i.steps) * interval '31 hours'
    when i.fate = 'skipped' then i.start_at else i.start_at + i.step * p.place end as at,
  case when p.place in (i.steps, i.steps + 2) then 5 when p.place % 5 = 4 then 4 when p.place % 2 = 1 then 3 else 2 end as status
from g_issue i, generate_series(0, i.steps + case when i.reopened then 2 else 0 end) p(place)
where i.fate <> 'waiting' and (i.fate <> 'skipped' or p.place = i.steps);
create temp table g_last on commit drop as
select distinct on (n) n, at, status from g_step, g_size where at < until order by n, place desc;
create index on g_last (n);
analyze g_step, g_last;
insert into issue_transition (id, issue_id, at, position, from_status, to_status, from_status_id, to_status_id, from_category, to_category, actor_id,
  changelog_id)
select 'acme.atlassian.net:history:' || s.n || '-' || s.place || ':0', 'acme.atlassian.net:issue:' || s.n, s.at, s.place,
  f.name, t.name, f.external_id, t.external_id, f.category, t.category, 'acme.atlassian.net:user:j' || i.person, s.n || '-' || s.place
from (select n, place, at, status, coalesce(lag(status) over (partition by n order by place), 1) as before from g_step) s
join g_issue i using (n) join status t on t.external_id = s.status::text join status f on f.external_id = s.before::text, g_size
where s.at < g_size.until;
insert into issue (id, site, source, key, project_id, project_key, title, body, type, level, priority, status, status_id, category, resolution, resolved_at,
  created_at, updated_at, creator_id, reporter_id, assignee_id, points, parent_id, epic_id, labels, components, found_in, initiative, original_target_at,
  target_at, cod_per_week, changes, url)
select 'acme.atlassian.net:issue:' || i.n, 'acme.atlassian.net', 'jira', 'P' || i.team || '-' || i.number, 'acme.atlassian.net:project:' || i.team,
  'P' || i.team, i.type || ' number ' || i.n || ' of project ' || i.team, repeat('What is wanted and how it is known to be done. ', 1 + (i.n % 6)::int),
  i.type, case i.type when 'Epic' then 'epic' when 'Sub-task' then 'subtask' else 'item' end,
  (array['Highest', 'High', 'Medium', 'Medium', 'Medium', 'Low'])[1 + floor(6 * pg_temp.u(i.n, 260))::int],
  c.name, c.external_id, c.category, case when c.category = 'done' then case when i.fate = 'dropped' then 'Won''t Do' else 'Done' end end,
  case when c.category = 'done' then l.at end, i.created_at, greatest(i.created_at, l.at), 'acme.atlassian.net:user:j' || i.person,
  'acme.atlassian.net:user:j' || 1 + i.n % people, case when pg_temp.u(i.n, 261) < 0.95 then 'acme.atlassian.net:user:j' || i.person end,
  case when i.type in ('Story', 'Task', 'Improvement') and i.team % 5 <> 4 and pg_temp.u(i.n, 262) < 0.9
    then (array[1, 2, 3, 5, 8])[1 + floor(5 * pg_temp.u(i.n, 263))::int] end,
  case when i.type = 'Sub-task' then 'acme.atlassian.net:issue:' || sibling.n end,
  case when i.type not in ('Epic', 'Sub-task') and pg_temp.u(i.n, 264) < 0.7 then e.id end,
  case when pg_temp.u(i.n, 265) < 0.1 then array['customer'] when pg_temp.u(i.n, 265) < 0.3 then array['backend', 'team-' || i.team] else '{}' end,
  case when pg_temp.u(i.n, 266) < 0.5 then array['component-' || i.n % 7] else '{}' end,
  case when i.type = 'Bug' and pg_temp.u(i.n, 267) < 0.5 then case when pg_temp.u(i.n, 268) < 0.3 then 'Production' else 'Test' end end,
  case when i.type = 'Epic' then 'Initiative ' || i.n % 12 end, case when i.type = 'Epic' and i.n % 3 > 0 then i.start_at + interval '60 days' end,
  case when i.type = 'Epic' and i.n % 3 > 0 then i.start_at + (60 + i.n % 30) * interval '1 day' end,
  case when i.type = 'Epic' and i.n % 5 = 0 then 1000 * (1 + i.n % 20) end, i.steps, 'https://acme.atlassian.net/browse/P' || i.team || '-' || i.number
from g_issue i cross join g_size left join g_last l on l.n = i.n join status c on c.external_id = coalesce(l.status, 1)::text
left join g_issue sibling on i.type = 'Sub-task' and sibling.team = i.team and sibling.number = i.number - 1
left join (select team, count(*) as epics from g_epic group by team) k on k.team = i.team
left join g_epic e on e.team = i.team and e.place = 1 + floor(k.epics * (0.3 * pg_temp.u(i.n, 269)
  + 0.7 * extract(epoch from i.created_at - since) / extract(epoch from until - since)))::bigint;
-- Two thirds were given to somebody when they were begun, one in twelve to somebody else half way.
insert into issue_field_change (id, issue_id, field, field_name, at, position, old_id, new_id, actor_id, changelog_id)
select 'acme.atlassian.net:history:' || i.n || '-a' || c.place || ':0', 'acme.atlassian.net:issue:' || i.n, 'assignee', 'assignee', c.at, c.place,
  c.before, c.after, 'acme.atlassian.net:user:j' || i.person, i.n || '-a' || c.place
from g_issue i cross join g_size cross join lateral (
  select 0 as place, i.start_at as at, null as before, case when i.n % 12 = 0 then 'j' || 1 + i.n % people else 'j' || i.person end as after where i.n % 3 > 0
  union all select 1, i.start_at + i.step * i.steps / 2, 'j' || 1 + i.n % people, 'j' || i.person where i.n % 12 = 0) c
where c.at < until;
insert into issue_field_change (id, issue_id, field, field_name, at, position, old, new, changelog_id)
select 'acme.atlassian.net:history:' || i.n || '-d:0', 'acme.atlassian.net:issue:' || i.n, 'due_date', 'duedate', i.start_at + interval '20 days', 0,
  (i.start_at + interval '60 days')::date::text, (i.start_at + interval '75 days')::date::text, i.n || '-d'
from g_issue i, g_size where i.type = 'Epic' and i.n % 3 = 1 and i.start_at + interval '20 days' < until;

-- Two-week sprints; what is not done at the end goes on in the next one.
insert into sprint (id, site, external_id, board_id, name, state, goal, started_at, planned_end_at, completed_at)
select 'acme.atlassian.net:sprint:' || b || '-' || s, 'acme.atlassian.net', b || '-' || s, 'acme.atlassian.net:board:' || b, 'P' || b || ' Sprint ' || s,
  case when starts + interval '14 days' < until then 'closed' else 'active' end, 'Goal ' || s, starts, starts + interval '14 days',
  case when starts + interval '14 days' < until then starts + interval '14 days' end
from g_size, generate_series(0, teams - 1) b, generate_series(0, 78) s, lateral (select since + s * interval '14 days' + interval '9 hours' as starts) t
where starts < until;
insert into sprint_issue (sprint_id, issue_id, added_at, removed_at, points_at_start, points_at_end)
select 'acme.atlassian.net:sprint:' || team || '-' || sprint, 'acme.atlassian.net:issue:' || n,
  case when sprint = first then added_at else starts - interval '1 hour' end, case when done_at is null or done_at > ends then case when ends < until then ends end
    when n % 29 = 0 and sprint = first then starts + interval '5 days' end, points, points
from (
  select i.n, i.team, t.points, t.starts + case when pg_temp.u(i.n, 280) < 0.2 then interval '3 days' else interval '-1 day' end as added_at, l.done_at, until,
    first, sprint, since + sprint * interval '14 days' + interval '9 hours' as starts, since + (sprint + 1) * interval '14 days' + interval '9 hours' as ends
  from g_issue i cross join g_size
  cross join lateral (select floor(extract(epoch from i.start_at - since - interval '9 hours') / 1209600)::int as first) f
  cross join lateral (select i.start_at + i.step * i.steps as done_at) l
  cross join lateral (select since + first * interval '14 days' + interval '9 hours' as starts, (array[1, 2, 3, 5, 8, null])[1 + (i.n % 6)::int] as points) t
  cross join lateral generate_series(first, least(first + 2, floor(extract(epoch from l.done_at - since - interval '9 hours') / 1209600)::int)) sprint
  where i.type not in ('Epic', 'Sub-task') and i.fate <> 'waiting' and pg_temp.u(i.n, 281) < 0.6 and first >= 0) stay
where added_at < until and starts < until;
insert into milestone (id, site, kind, external_id, project_id, name, original_target_at, target_at, started_at, done_at, cancelled, url)
select 'acme.atlassian.net:version:' || p || '-' || v, 'acme.atlassian.net', 'jira_version', p || '-' || v, 'acme.atlassian.net:project:' || p,
  'P' || p || ' ' || v, target, target, target - interval '28 days', case when done < until then done end, (p + v) % 23 = 0, null
from g_size, generate_series(0, teams - 1) p, generate_series(1, 38) v,
  lateral (select since + v * interval '30 days' as target) t, lateral (select target + (floor(9 * pg_temp.u(p * 100 + v, 290)) - 6) * interval '1 day' as done) d;
