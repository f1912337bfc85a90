-- Production deployments as rows say them: what ran, which rows are one deployment, of which kind it is and what became of it.
told as (
  select deployment_id, min(moment) filter (where state = 'success') as ok_at, min(moment) filter (where state = 'in_progress') as began_at, max(moment) as moment
  from deployment_status group by deployment_id),
production as (
  select d.id, d.repo_id, d.environment as env, d.sha, coalesce(t.began_at, t.ok_at) as started_at, t.ok_at as finished_at, t.moment
  from deployment d join told t on t.deployment_id = d.id where regexp_matches(d.environment, '^(prod|production|live)([-_/ ].*)?$', 'i')
  union all
  select id, repo_id, 'production', sha, started_at, case when conclusion = 'success' then updated_at end, updated_at from workflow_run
  where status = 'completed' and branch = 'main' and regexp_matches(name || path, 'deploy', 'i') and not regexp_matches(name, 'stag', 'i')
  union all
  select id, repo_id, 'production', sha, published_at, published_at, published_at from release),
alive as (select repo_id from production group by repo_id having max(moment) > $now::timestamptz - interval 180 days),
line as (
  select *, lag(sha) over w as before_sha, lag(finished_at) over w as before_at from production where finished_at is not null and repo_id in (from alive)
  window w as (partition by repo_id, env order by finished_at, id)),
part as (
  select *, sum(case when sha = before_sha and finished_at <= before_at + interval 60 minutes then 0 else 1 end)
    over (partition by repo_id, env, sha order by finished_at, id) as turn from line),
step as (
  select repo_id, env, sha, turn, arg_min(id, finished_at) as id, min(started_at) as started_at, min(finished_at) as first_at, max(finished_at) as moment,
    coalesce(arg_min(before_sha, finished_at) = sha, false) as same, turn > 1 as seen from part group by repo_id, env, sha, turn),
logical as (
  select arg_min(id, first_at) as id, repo_id, sha, turn, min(started_at) as started_at, min(first_at) as first_at, max(moment) as finished_at,
    bool_and(same) as redeploy, bool_or(seen and not same) as rollback from step group by repo_id, sha, turn),
repair as (
  select s.deployment_id, count(distinct s.pr_id) as prs,
    bool_or(p.labels = 'hotfix' or regexp_matches(p.head_ref, '^(hotfix|rollback)[/-]', 'i') or regexp_matches(p.title, '^\W*(hotfix|rollback|revert)', 'i')) as repairs
  from shipped s join pull_request p on p.id = s.pr_id group by s.deployment_id),
kinds as (
  select l.*, case when l.redeploy then 'redeploy' when l.rollback then 'rollback' when r.repairs and r.prs <= 3 then 'hotfix' else 'change' end as kind
  from logical l left join repair r on r.deployment_id = l.id),
placed as (select k.id, k.kind, k.finished_at, repo_id, s.env, s.moment, s.seen and not s.same as back from step s join kinds k using (repo_id, sha, turn)),
undone as (
  select v.id, min(b.finished_at) as rolled_back_at
  from (from placed where kind = 'rollback' and back) b asof join (from placed where kind in ('change', 'hotfix')) v
    on v.repo_id = b.repo_id and v.env = b.env and b.moment > v.moment
  group by v.id),
shipment as (
  select s.repo_id, coalesce(s.pr_id, s.sha) as change, s.pr_id, arg_min(k.id, k.first_at) as id, arg_min(k.finished_at, k.first_at) as deployed_at
  from shipped s join kinds k on k.id = s.deployment_id where k.kind <> 'rollback' group by 1, 2, 3),
resolved as (
  select issue_id, case when arg_max(to_category, position) = 'done' then max(moment) filter (where to_category = 'done' and from_category <> 'done') end as moment
  from issue_transition where issue_id in (select id from issue where type = 'Incident') group by issue_id),
incident as (
  select i.id, r.id as repo_id, i.created_at as started_at, d.moment as resolved_at, i.cause, i.caused_by_ref as ref
  from issue i join repository r on r.name = i.service_name left join resolved d on d.issue_id = i.id
  where i.type = 'Incident' and i.resolution is distinct from 'Duplicate'),
named as (
  select id, arg_min(deployment_id, moment) as deployment_id from (
    select i.id, k.id as deployment_id, p.finished_at as moment from incident i join part p on p.sha = i.ref
    join kinds k on k.repo_id = p.repo_id and k.sha = p.sha and k.turn = p.turn
    union all
    select i.id, f.id, f.deployed_at from incident i join shipped s on s.sha = i.ref join shipment f on f.repo_id = s.repo_id and f.change = coalesce(s.pr_id, s.sha)
    where i.ref = (select min(o.sha) from shipped o where o.deployment_id = f.id and o.repo_id = f.repo_id and coalesce(o.pr_id, o.sha) = f.change)) found
  group by id),
near as (
  select i.id, case when k.finished_at >= i.started_at - interval 3 days then k.id end as deployment_id
  from incident i asof join kinds k on k.repo_id = i.repo_id and i.started_at >= k.started_at where i.cause is distinct from 'third_party'),
laid as (
  select coalesce(n.deployment_id, w.deployment_id) as id, min(i.started_at) as started_at, count(*) filter (where i.resolved_at is null) as unresolved,
    max(i.resolved_at) as resolved_at
  from incident i left join named n using (id) left join near w using (id) group by 1),
delivery as (
  select k.id, k.kind, k.finished_at, coalesce(r.team, '(unmapped)') as team, l.id is not null or u.id is not null as failed,
    case when l.id is null then u.rolled_back_at when l.unresolved = 0 then l.resolved_at end as recovered_at,
    case when l.started_at < k.finished_at then k.started_at else k.finished_at end as recovery_from_at
  from kinds k join repository r on r.id = k.repo_id left join laid l on l.id = k.id left join undone u on u.id = k.id),
change as (
  select f.deployed_at, greatest(least(p.created_at, c.first_at), p.created_at - interval 60 days) as begun_at,
    case when p.author_login in ('copilot-swe-agent[bot]', 'claude[bot]') then p.assignee_id else p.author_id end as author_id, p.merged_at as moment
  from shipment f join pull_request p on p.id = f.pr_id left join (
    select pr_id, min(authored_at) as first_at from pull_request_commit
    where pr_id in (select pr_id from shipment where deployed_at >= $from::timestamptz and deployed_at < $to::timestamptz) group by pr_id) c on c.pr_id = p.id
  where f.deployed_at >= $from::timestamptz and f.deployed_at < $to::timestamptz
    and (p.author_login not like '%[bot]' or p.author_login in ('copilot-swe-agent[bot]', 'claude[bot]'))
  union all
  select f.deployed_at, k.authored_at, k.author_id, k.committed_at from shipment f join commit k on k.repo_id = f.repo_id and k.sha = f.change and k.parents < 2
  where f.pr_id is null and f.deployed_at >= $from::timestamptz and f.deployed_at < $to::timestamptz)
