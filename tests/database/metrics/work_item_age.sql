-- Days since the first start of items whose last change up to the end of the window left them in progress.
select percentile_cont(0.5) within group (order by extract(epoch from cast(:to as timestamptz) - s.start_at) / 86400)
from issue i join lateral (
  select t.to_category from issue_transition t where t.issue_id = i.id and t.at <= :to order by t.at desc, t.position desc limit 1) l on l.to_category = 'in_progress'
join lateral (select min(t.at) as start_at from issue_transition t where t.issue_id = i.id and t.to_category = 'in_progress') s on true
where i.level = 'item' and coalesce(i.resolution, '') !~* '^(won.t (do|fix)|duplicate|cannot reproduce|declined|invalid)' and i.deleted_at is null
