-- Items of epics that were open at the end of the window: done ones over all that were there and not dropped by then; every item counts one.
with ended as (
  select e.id, e.key, e.level, e.epic_id, e.parent_id, e.created_at, coalesce(e.resolution, '') ~* '^(won.t (do|fix)|duplicate|cannot reproduce|declined|invalid)' as dropped, d.done_at from issue e
  left join lateral (select max(s.at) as done_at from (select t.at, t.to_category, lag(t.to_category, 1, 'todo') over w as prev, last_value(t.to_category) over (w rows between unbounded preceding and unbounded following) as final from issue_transition t where t.issue_id = e.id window w as (partition by t.issue_id order by t.at, t.position)) s where s.final = 'done' and s.to_category = 'done' and s.prev <> 'done') d on true
  where e.deleted_at is null)
select count(*) filter (where i.done_at <= :to and not i.dropped)::float8 / count(*)
from ended i join ended p on p.id = coalesce(i.epic_id, i.parent_id) and p.level = 'epic' and not p.dropped and (p.done_at is null or p.done_at > :to)
where i.level = 'item' and i.created_at <= :to and not (i.dropped and i.done_at <= :to)
