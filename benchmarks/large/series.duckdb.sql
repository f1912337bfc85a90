-- The same by week or month and team, the smaller teams put together: metric, team, bucket, n, value.
with {delivered},
bound as (select distinct author_id, unnest([valid_from, coalesce(valid_to, timestamptz 'infinity')]) as moment from membership),
span as (select author_id, moment as from_at, coalesce(lead(moment) over (partition by author_id order by moment), timestamptz 'infinity') as to_at from bound),
home as (
  select distinct on (s.author_id, s.from_at) s.*, m.team from span s
  join membership m on m.author_id = s.author_id and m.valid_from <= s.from_at and coalesce(m.valid_to, timestamptz 'infinity') > s.from_at
  order by s.author_id, s.from_at, m.is_primary desc, m.team),
event as (
  select 'deployment_frequency' as metric, team, date_trunc('week', finished_at) as bucket, 1.0::double as v from delivery
  where kind in ('change', 'hotfix') and finished_at >= $from::timestamptz and finished_at < $to::timestamptz
  union all
  select 'change_lead_time', coalesce(h.team, '(unmapped)'), date_trunc('week', c.deployed_at),
    case when c.deployed_at >= c.begun_at then epoch(c.deployed_at - c.begun_at) / 3600 end
  from change c left join home h on h.author_id = c.author_id and h.from_at <= c.moment and c.moment < h.to_at
  union all
  select 'change_fail_rate', team, date_trunc('month', finished_at), failed::int from delivery
  where kind in ('change', 'hotfix') and finished_at >= $from::timestamptz and finished_at < $to::timestamptz
  union all
  select 'failed_deployment_recovery_time', team, date_trunc('month', recovered_at), greatest(epoch(recovered_at - recovery_from_at) / 3600, 0) from delivery
  where failed and kind in ('change', 'hotfix') and recovered_at >= $from::timestamptz and recovered_at < $to::timestamptz
  union all
  select 'deployment_rework_rate', team, date_trunc('month', finished_at), (kind <> 'change')::int from delivery
  where kind <> 'redeploy' and finished_at >= $from::timestamptz and finished_at < $to::timestamptz),
ranked as (
  select metric, team, row_number() over (partition by metric order by count(*) desc, team) as place, count(*) over (partition by metric) as members
  from event group by metric, team),
shown as (select e.metric, e.bucket, e.v, case when r.members > 20 and r.place > 19 then '(other)' else e.team end as team from event e join ranked r using (metric, team))
select metric, team, bucket::date, count(v), case
    when metric = 'deployment_frequency' then count(*)
    when metric in ('change_fail_rate', 'deployment_rework_rate') then case when count(*) >= 10 then avg(v) end
    else case when count(v) >= case metric when 'change_lead_time' then 5 else 3 end then quantile_cont(v, 0.5) end end
from shown group by metric, team, bucket
