-- First entry into progress to the last entry into done, in days.
select percentile_cont(0.5) within group (order by extract(epoch from d.done_at - s.start_at) / 86400)
from issue i join (select distinct on (t.issue_id) t.issue_id, t.to_category from issue_transition t order by t.issue_id, t.at desc, t.position desc) l on l.issue_id = i.id and l.to_category = 'done'
join (select s.issue_id, max(s.at) as done_at from (select t.*, lag(t.to_category, 1, 'todo') over (partition by t.issue_id order by t.at, t.position) as prev from issue_transition t) s where s.to_category = 'done' and s.prev <> 'done' group by s.issue_id) d on d.issue_id = i.id
join (select issue_id, min(at) as start_at from issue_transition where to_category = 'in_progress' group by issue_id) s on s.issue_id = i.id
where i.level = 'item' and coalesce(i.resolution, '') !~* '^(won.t (do|fix)|duplicate|cannot reproduce|declined|invalid)' and i.deleted_at is null and d.done_at >= :from and d.done_at < :to
