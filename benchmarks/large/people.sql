-- People with an account at GitHub and one at Jira, bots and coding agents; teams of GitHub with what they may write.
insert into identity (id, site, source, external_id, login, display_name, verified_email, account_type, time_zone, active)
select 'github.com:user:' || 1000 + n, 'github.com', 'github', (1000 + n)::text, 'dev' || n, 'Dev ' || n, 'dev' || n || '@acme.example', 'User', null, true
from g_size, generate_series(1, people) n
union all
select 'acme.atlassian.net:user:j' || n, 'acme.atlassian.net', 'jira', 'j' || n, null, 'Dev ' || n, 'dev' || n || '@acme.example', 'atlassian',
  (array['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'UTC', null])[1 + n % 5], true
from g_size, generate_series(1, people) n
union all
select 'github.com:user:' || n, 'github.com', 'github', n::text, login, login, null, 'Bot', null, true
from unnest(array['dependabot[bot]', 'renovate[bot]', 'github-actions[bot]', 'reviewer[bot]', 'copilot-swe-agent[bot]', 'claude[bot]'])
  with ordinality b(login, n);
insert into source_team (id, site, key, name, external_id)
select 'github.com:team:' || n, 'github.com', 'team-' || n, 'Team ' || n, 'acme/team-' || n from g_size, generate_series(0, teams - 1) n;
-- One in twelve is in a second team as well.
insert into source_team_member (team_id, identity_id)
select 'github.com:team:' || n % teams, 'github.com:user:' || 1000 + n from g_size, generate_series(1, people) n
union
select 'github.com:team:' || (n + 7) % teams, 'github.com:user:' || 1000 + n from g_size, generate_series(1, people) n where n % 12 = 0;
-- One in ten came from another team during the three years, as earlier syncs noted it.
insert into team_member (team_id, person_id, valid_from, valid_to, allocation, is_primary, source)
select 'team:team-' || team, 'person:acme.atlassian.net:user:j' || n, starts, ends, 1, true, 'github'
from g_size, generate_series(10, people, 10) n,
  lateral (select pg_temp.moment(n, 11, since, until) as moved) m,
  lateral (values ((n + 3) % teams, timestamptz 'epoch', moved), (n % teams, moved, null)) stay(team, starts, ends);
insert into repository (id, site, full_name, name, owner, default_branch, url, created_at)
select 'github.com:repo:' || n, 'github.com', 'acme/repo-' || n, 'repo-' || n, 'acme', 'main', 'https://github.com/acme/repo-' || n, since
from g_size, generate_series(0, repositories - 1) n;
-- One repository in forty has no team.
insert into source_team_repository (team_id, repo_id, permission)
select 'github.com:team:' || n % teams, 'github.com:repo:' || n, 'push' from g_size, generate_series(0, repositories - 1) n where n % 41 <> 40;
insert into team_cost (team_id, month, amount, currency)
select 'team:team-' || t, to_char(m, 'YYYY-MM'), 60000 + 1000 * t, 'EUR'
from g_size, generate_series(0, teams - 1) t, generate_series(date_trunc('month', since), until, interval '1 month') m;
insert into checkpoint (site, entity, scope, covered_from_at, complete_to_at, updated_at)
select case when entity like 'jira.%' then 'acme.atlassian.net' else 'github.com' end, entity, 'acme', since, until, until
from g_size, unnest(array['github.pull_requests', 'github.deployments', 'github.workflow_runs', 'github.releases', 'jira.issues']) entity;
