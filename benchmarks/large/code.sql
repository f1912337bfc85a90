-- Pull requests: a few repositories have most of them; drafts, bots, agents, unreviewed and forgotten ones among them.
create temp table g_draw on commit drop as
select n, floor(repositories * power(pg_temp.u(n, 1), 2))::int as repo, pg_temp.moment(n, 10, since, until) as created_at,
  case when pg_temp.u(n, 20) < 0.12 then 'bot' when pg_temp.u(n, 20) < 0.15 then 'agent' else 'human' end as kind,
  floor(power(pg_temp.u(n, 21), 1.4) * (people / teams))::int as member, pg_temp.u(n, 22) < 0.15 as elsewhere,
  least(12, 1 + floor(-ln(1 - pg_temp.u(n, 23)) * 1.8))::int as commits, pg_temp.u(n, 24) < 0.15 as draft,
  case when pg_temp.u(n, 25) < 0.07 then 'closed' when pg_temp.u(n, 25) < 0.074 then 'forgotten' else 'merged' end as fate,
  least(20000, exp(3.9 + 1.35 * pg_temp.z(n, 26)))::int as lines, least(60, 1 + floor(-ln(1 - pg_temp.u(n, 27)) * 3.2))::int as files,
  pg_temp.u(n, 28) as review_luck, pg_temp.u(n, 29) as mark
from g_size, generate_series(1, pull_requests) n;
create temp table g_timed on commit drop as
select d.*, t.*, pg_temp.awake(coalesce(t.approved_at, t.first_review_at, t.ready_at + pg_temp.hours(d.n, 80, 6, 1.2)) + pg_temp.hours(d.n, 84, 1.5, 1.2), d.n, 88) as ended
from g_draw d cross join lateral (
  select d.created_at - pg_temp.hours(d.n, 40, 9, 1.5) as first_commit_at,
    case when d.draft then pg_temp.awake(d.created_at + pg_temp.hours(d.n, 44, 10, 1.2), d.n, 48) else d.created_at end as ready_at) r
cross join lateral (
  select r.first_commit_at, r.ready_at, case when d.review_luck < case d.kind when 'bot' then 0.35 else 0.87 end
    then pg_temp.awake(r.ready_at + pg_temp.hours(d.n, 50, 5, 1.3), d.n, 54) end as first_review_at) v
cross join lateral (
  select v.first_commit_at, v.ready_at, v.first_review_at,
    case when pg_temp.u(d.n, 60) < 0.93 then pg_temp.awake(v.first_review_at + pg_temp.hours(d.n, 64, 8, 1.3), d.n, 68) end as approved_at) t;
create temp table g_pr on commit drop as
select t.n, t.repo, t.repo % teams as team, t.kind, t.commits, t.draft, t.lines, t.files, t.mark, t.created_at, t.first_commit_at, t.ready_at,
  t.first_review_at, t.approved_at, case when t.fate = 'merged' and ended < until then ended end as merged_at,
  case when t.fate <> 'forgotten' and ended < until then ended end as closed_at, case when t.fate = 'forgotten' then until else least(ended, until) end as seen_until,
  row_number() over (partition by t.repo order by t.created_at, t.n) as number,
  case when p.person = 0 then people else p.person end as person, case when p.person = 0 then people else p.person end % (people / 2) + 1 as stranger,
  case when p.reviewer = 0 then people else p.reviewer end as reviewer, pg_temp.sha('merge ' || t.n) as merge_sha,
  case when t.kind = 'bot' then 'chore/bump-' || t.n when t.mark < 0.012 then 'revert' when t.mark < 0.027 then 'hotfix/fix-' || t.n
    when t.mark < 0.031 then 'release/' || t.n else 'work/' || t.n end as ref
from g_timed t cross join g_size cross join lateral (
  select (t.repo % teams + case when t.elsewhere then 1 else 0 end) % teams + teams * t.member as person,
    t.repo % teams + teams * ((t.member + 1 + (t.n % 3)::int) % (people / teams)) as reviewer) p;
create temp table g_revert on commit drop as
select n, number - 1 - (n % 3) as reverts from g_pr where ref = 'revert' and number > 4;
create index on g_revert (n);
create temp table g_key on commit drop as select team, count(*) as keys from g_issue group by team;
analyze g_pr, g_revert;
create temp table g_text on commit drop as
select p.n, case when p.ref = 'revert' then 'revert-' || r.reverts || '-work' else p.ref end as head_ref,
  case when p.ref = 'revert' then 'Revert "Change ' || r.reverts || '"' when p.kind = 'bot' then 'Bump library ' || p.n % 90 || ' to ' || p.n % 40
    when pg_temp.u(p.n, 90) < 0.72 then 'P' || p.team || '-' || 1 + floor(pg_temp.u(p.n, 91) * k.keys) || ' Change ' || p.n else 'Change ' || p.n end as title,
  case when p.ref = 'revert' then 'Reverts acme/repo-' || p.repo || '#' || r.reverts
    else repeat('Why this is done and how it was tested. ', 1 + (p.n % 8)::int) || case when p.mark > 0.97 then 'Generated with Claude Code' else '' end end as body
from g_pr p left join g_revert r using (n) left join g_key k on k.team = p.team;
create index on g_text (n);
analyze g_text;
insert into pull_request (id, site, repo_id, number, title, body, author_id, author_login, author_type, state, created_at, updated_at, created_as_draft,
  is_draft, merged_at, closed_at, merged_by_id, merge_commit_sha, base_ref, head_ref, head_repo_id, additions, deletions, changed_files, labels, assignee_ids,
  last_activity_at, url)
select 'github.com:pr:' || p.n, 'github.com', 'github.com:repo:' || p.repo, p.number, t.title, t.body,
  case p.kind when 'bot' then 'github.com:user:1' when 'agent' then 'github.com:user:5' else 'github.com:user:' || 1000 + p.person end,
  case p.kind when 'bot' then 'dependabot[bot]' when 'agent' then 'copilot-swe-agent[bot]' else 'dev' || p.person end,
  case p.kind when 'human' then 'User' else 'Bot' end,
  case when p.merged_at is not null then 'merged' when p.closed_at is not null then 'closed' else 'open' end,
  p.created_at, coalesce(p.closed_at, p.created_at), p.draft, p.draft and p.ready_at > p.seen_until, p.merged_at, p.closed_at,
  case when p.merged_at is not null then 'github.com:user:' || 1000 + case when p.n % 4 = 0 then p.reviewer else p.person end end,
  case when p.merged_at is not null then p.merge_sha end, 'main', t.head_ref, 'github.com:repo:' || p.repo,
  p.files * greatest(1, p.lines * 7 / 10 / p.files), p.files * (p.lines * 3 / 10 / p.files), p.files,
  case when p.ref like 'hotfix/%' then array['hotfix'] when p.n % 9 = 0 then array['backend'] else '{}' end,
  case when p.kind = 'agent' then array['github.com:user:' || 1000 + p.person] else '{}' end,
  coalesce(p.closed_at, case when p.first_review_at < p.seen_until then p.first_review_at end, p.created_at),
  'https://github.com/acme/repo-' || p.repo || '/pull/' || p.number
from g_pr p join g_text t using (n);

-- The main line of each repository: merged pull requests and, one in fifty, commits without one.
create temp table g_main on commit drop as
select repo, at, n, person, sha, row_number() over line as place, lag(sha) over line as parent
from (
  select repo, merged_at as at, n, person, merge_sha as sha from g_pr where merged_at is not null
  union all
  select floor(repositories * power(pg_temp.u(d, 71), 2))::int, pg_temp.moment(d, 72, since, until), null, 1 + (d % people)::int, pg_temp.sha('direct ' || d)
  from g_size, generate_series(1, pull_requests / 50) d) every window line as (partition by repo order by at, sha);
create index on g_main (repo, place);
create index on g_main (n);
analyze g_main;
insert into commit (repo_id, sha, author_id, author_name, author_login, authored_at, committed_at, parents, message, on_default_branch)
select 'github.com:repo:' || m.repo, m.sha, 'github.com:user:' || 1000 + m.person, 'Dev ' || m.person, 'dev' || m.person,
  case when m.n is null then m.at - interval '3 hours' else m.at end, m.at,
  array_remove(array[m.parent, case when m.repo % 7 = 0 and m.n is not null then pg_temp.sha('branch ' || m.n || ' ' || p.commits) end], null),
  coalesce(t.title || ' (#' || p.number || ')', 'Small repair'), true
from g_main m left join g_pr p on p.n = m.n left join g_text t on t.n = m.n;
-- Commits of branches: half before the pull request is opened, the others until it is approved; every seventh repository keeps them on main.
create temp table g_branch on commit drop as
select p.n, p.repo, p.person, p.kind, p.mark, c as place, pg_temp.sha('branch ' || p.n || ' ' || c) as sha,
  case when c = 1 then m.parent else pg_temp.sha('branch ' || p.n || ' ' || c - 1) end as parent, p.repo % 7 = 0 and p.merged_at is not null as on_main,
  case when c * 2 <= p.commits + 1 then p.first_commit_at + (p.created_at - p.first_commit_at) * ((c - 1) / p.commits::float8)
    else p.created_at + (coalesce(p.approved_at, p.ready_at) - p.created_at) * ((c - 1) / p.commits::float8) end as at, p.seen_until
from g_pr p left join g_main m on m.n = p.n, generate_series(1, p.commits) c;
insert into commit (repo_id, sha, author_id, author_name, author_login, authored_at, committed_at, parents, message, on_default_branch)
select 'github.com:repo:' || repo, sha, case kind when 'bot' then 'github.com:user:1' when 'agent' then 'github.com:user:5' else 'github.com:user:' || 1000 + person end,
  'Dev ' || person, case kind when 'human' then 'dev' || person end, at, at, array_remove(array[parent], null),
  'Step ' || place || ' of ' || n || case when kind = 'human' and mark > 0.9 and place = 1 then e'\n\nCo-authored-by: Claude <noreply@anthropic.com>' else '' end, on_main
from g_branch where place = 1 or at < seen_until;
insert into pr_commit (pr_id, sha, position)
select 'github.com:pr:' || n, sha, place - 1 from g_branch where place = 1 or at < seen_until;

insert into pr_event (id, pr_id, kind, at, actor_id, actor_login)
select 'github.com:event:' || p.n || e.kind, 'github.com:pr:' || p.n, e.kind, e.at, 'github.com:user:' || 1000 + p.person, 'dev' || p.person
from g_pr p cross join lateral (values
  ('ready_for_review', case when p.draft then p.ready_at end),
  ('push', case when p.n % 5 = 0 then p.first_review_at + interval '40 minutes' end),
  ('commented', case when p.n % 2 = 0 then p.ready_at + interval '90 minutes' end)) e(kind, at)
where e.at < p.seen_until;
insert into review (id, pr_id, reviewer_id, reviewer_login, reviewer_type, state, submitted_at)
select 'github.com:review:' || p.n || who, 'github.com:pr:' || p.n, 'github.com:user:' || r.reviewer, r.login, r.kind, r.state, r.at
from g_pr p cross join lateral (values
  (1, 1000 + p.reviewer, 'dev' || p.reviewer, 'User', case when p.n % 4 = 0 then 'changes_requested' else 'commented' end,
    case when p.first_review_at is distinct from p.approved_at then p.first_review_at end),
  (2, 1000 + p.reviewer, 'dev' || p.reviewer, 'User', 'approved', p.approved_at),
  (3, 1000 + p.stranger, 'dev' || p.stranger, 'User', 'commented', case when p.n % 6 = 0 then p.first_review_at + interval '2 hours' end),
  (4, 4, 'reviewer[bot]', 'Bot', 'commented', case when p.n % 12 = 0 then p.ready_at + interval '2 minutes' end)) r(who, reviewer, login, kind, state, at)
where r.at < p.seen_until;
insert into pr_file (pr_id, path, additions, deletions, change_type)
select 'github.com:pr:' || n, case when f = 1 and n % 30 = 0 then 'package-lock.json' else 'src/module' || at % 20 || '/file' || at || '.py' end,
  greatest(1, lines * 7 / 10 / files), lines * 3 / 10 / files, 'modified'
from g_pr, generate_series(1, files) f, lateral (select floor(400 * power(pg_temp.u(n, 95), 2))::int + f as at) place;
