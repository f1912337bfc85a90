-- Hours in active statuses, less those under a flag, over the hours from the first start to the last done, summed over finished items.
with status as (select t.*, lead(t.at) over (partition by t.issue_id order by t.at, t.position) as next_at from issue_transition t),
flag as (
  select * from (select c.issue_id, c.at, c.new, lead(c.at, 1, 'infinity') over (partition by c.issue_id order by c.at) as next_at from issue_field_change c where c.field = 'flagged') c
  where c.new is not null),
flagged as (
  select s.issue_id, s.at, s.position, sum(least(f.next_at, s.next_at) - greatest(f.at, s.at)) as span
  from status s join flag f on f.issue_id = s.issue_id and f.at < s.next_at and f.next_at > s.at group by 1, 2, 3),
spent as (
  select s.issue_id, min(s.at) filter (where s.to_category = 'in_progress') as start_at,
    sum(extract(epoch from s.next_at - s.at - coalesce(f.span, interval '0')) / 3600) filter (where s.to_kind = 'active')::float8 as hours
  from status s left join flagged f on f.issue_id = s.issue_id and f.at = s.at and f.position = s.position group by s.issue_id)
select sum(a.hours) / sum(extract(epoch from d.done_at - a.start_at) / 3600)::float8
from issue i
join (select s.issue_id, max(s.at) filter (where s.to_category = 'done' and s.prev <> 'done') as done_at, (array_agg(s.to_category order by s.at desc, s.position desc))[1] as final
  from (select t.*, lag(t.to_category, 1, 'todo') over (partition by t.issue_id order by t.at, t.position) as prev from issue_transition t) s group by s.issue_id) d on d.issue_id = i.id and d.final = 'done'
join spent a on a.issue_id = i.id
where i.level = 'item' and coalesce(i.resolution, '') !~* '^(won.t (do|fix)|duplicate|cannot reproduce|declined|invalid)' and i.deleted_at is null
  and d.done_at >= :from and d.done_at < :to and a.start_at < d.done_at
