-- Deployments of every second to tenth change of the main line, after minutes or days; two thirds told by GitHub, others by workflow runs or releases.
create temp table g_deploy on commit drop as
select row_number() over () as n, repo, sha, lag(sha) over line as before, at
from (
  select m.repo, m.sha, m.place, m.at + (array[interval '20 minutes', interval '6 hours', interval '30 hours', interval '70 hours'])[1 + m.repo % 4]
    + date_trunc('second', pg_temp.u(m.repo * 1000003::bigint + m.place, 101) * interval '10 minutes') as at
  from g_main m where m.place % (2 + m.repo * 7 % 9) = 0) deployed
window line as (partition by repo order by place);
-- Failures before a success or instead of one, rollbacks, repeated deployments, a second region, staging before production.
create temp table g_row on commit drop as
select d.n * 10 + r.which as id, d.repo, r.at, r.sha, r.env, r.status
from g_deploy d cross join g_size cross join lateral (select pg_temp.u(d.n, 102) as fate, pg_temp.u(d.n, 103) as later, d.repo % 10 = 3 as regions) l
cross join lateral (values
  (0, d.at, d.sha, case when regions then 'prod-eu' else 'production' end, case when fate >= 0.05 and fate < 0.06 then 'failure' else 'success' end),
  (1, case when fate < 0.05 then d.at - interval '15 minutes' end, d.sha, case when regions then 'prod-eu' else 'production' end, 'failure'),
  (2, case when regions then d.at + interval '25 minutes' end, d.sha, 'prod-us', 'success'),
  (3, case when not regions and later < 0.015 then d.at + date_trunc('second', (20 + 12000 * later) * interval '1 minute') end, d.before, 'production', 'success'),
  (4, case when not regions and later between 0.015 and 0.025 then d.at + interval '3 hours' end, d.sha, 'production', 'success'),
  (5, case when d.repo % 5 = 0 then d.at - interval '5 minutes' end, d.sha, 'staging', 'success')) r(which, at, sha, env, status)
where r.at < until and r.sha is not null;
insert into deployment (id, site, repo_id, environment, sha, ref, task, status, state, created_at, started_at, finished_at, source, external_id, url)
select 'github.com:deployment:' || id, 'github.com', 'github.com:repo:' || repo, env, sha, 'main', 'deploy', status, status, at - interval '4 minutes', null, at,
  'github_deployments', id::text, 'https://github.com/acme/repo-' || repo || '/deployments/' || id
from g_row where repo % 10 < 7;
insert into deployment_status (id, deployment_id, state, at)
select 'github.com:status:' || id || step, 'github.com:deployment:' || id, case step when 0 then 'in_progress' else status end, at - (1 - step) * interval '3 minutes'
from g_row, generate_series(0, 1) step where repo % 10 < 7;
insert into workflow_run (id, site, repo_id, workflow_id, name, path, event, branch, sha, status, conclusion, attempt, run_number, created_at, started_at,
  updated_at, url)
select 'github.com:run:' || id, 'github.com', 'github.com:repo:' || repo, env, 'Deploy to ' || env, '.github/workflows/deploy.yml', 'push', 'main', sha,
  'completed', status, 1, id, at - interval '7 minutes', at - interval '6 minutes', at, 'https://github.com/acme/repo-' || repo || '/actions/runs/' || id
from g_row where repo % 10 in (7, 8);
insert into release (id, site, repo_id, tag, name, sha, target, prerelease, created_at, published_at, url)
select 'github.com:release:' || id, 'github.com', 'github.com:repo:' || repo, 'v1.' || id, 'v1.' || id, sha, 'main', env = 'staging', at, at,
  'https://github.com/acme/repo-' || repo || '/releases/tag/v1.' || id
from g_row where repo % 10 = 9 and status = 'success' and id % 10 in (0, 5);

-- Incidents: six of ten follow a deployment within hours; some name their cause, some have another one, some are still open or were one twice.
create temp table g_incident on commit drop as
select i.n, coalesce(d.repo, floor(repositories * power(pg_temp.u(i.n, 301), 2))::int) as repo, d.sha,
  coalesce(d.at + pg_temp.hours(i.n, 310, 1.5, 1.2), pg_temp.moment(i.n, 320, since, until)) as at, pg_temp.hours(i.n, 330, 4, 1.5) as lasted
from g_size cross join generate_series(1, incidents) i(n)
left join g_deploy d on i.n % 10 < 6 and d.n = 1 + floor(pg_temp.u(i.n, 300) * (select count(*) from g_deploy))::bigint;
insert into issue (id, site, source, key, project_id, project_key, title, type, level, priority, status, status_id, category, resolution, resolved_at, created_at,
  updated_at, assignee_id, labels, severity, cause, service_name, caused_by_ref, url)
select 'acme.atlassian.net:issue:ops' || n, 'acme.atlassian.net', 'jira', 'OPS-' || n, 'acme.atlassian.net:project:ops', 'OPS', 'Incident ' || n, 'Incident', 'item',
  'High', case when at + lasted < until then 'Done' else 'In Progress' end, case when at + lasted < until then '5' else '2' end,
  case when at + lasted < until then 'done' else 'in_progress' end, case when at + lasted < until then case when n % 33 = 0 then 'Duplicate' else 'Done' end end,
  case when at + lasted < until then at + lasted end, at, at, 'acme.atlassian.net:user:j' || 1 + n % people, '{}', 'sev' || 1 + n % 4,
  case when n % 12 = 7 then 'third_party' end, 'repo-' || repo, case when sha is not null and n % 3 > 0 then sha end, 'https://acme.atlassian.net/browse/OPS-' || n
from g_incident, g_size where at < until;
insert into issue_transition (id, issue_id, at, position, from_status, to_status, from_status_id, to_status_id, from_category, to_category, changelog_id)
select 'acme.atlassian.net:history:ops' || n || '-' || place, 'acme.atlassian.net:issue:ops' || n, moved, place, before, after, before_id, after_id, was, became,
  'ops' || n || '-' || place
from g_incident, g_size, lateral (values
  (0, at + lasted * 0.1, 'To Do', 'In Progress', '1', '2', 'todo', 'in_progress'), (1, at + lasted, 'In Progress', 'Done', '2', '5', 'in_progress', 'done'))
  s(place, moved, before, after, before_id, after_id, was, became)
where at < until and moved < until and (place = 1 or at + lasted < until or at + lasted * 0.1 < until);
-- One bug in fifty was found through an incident.
insert into issue_link (id, issue_id, owner, kind, direction, other_id, other_key)
select 'acme.atlassian.net:link:' || n, 'acme.atlassian.net:issue:' || n, 'acme.atlassian.net:issue:' || n, 'Relates', 'outward',
  'acme.atlassian.net:issue:ops' || 1 + n % incidents, 'OPS-' || 1 + n % incidents
from g_issue, g_size where type = 'Bug' and n % 50 = 0;
