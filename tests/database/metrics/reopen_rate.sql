-- Items first done in the window, and the share that left done again after more than ten minutes.
with step as (
  select t.*, lag(t.to_category, 1, 'todo') over w as prev, lag(t.at) over w as before_at from issue_transition t window w as (partition by t.issue_id order by t.at, t.position)),
life as (
  select issue_id, min(at) filter (where to_category = 'done') as first_done_at,
    bool_or(prev = 'done' and to_category <> 'done' and at - before_at > interval '10 minutes') as came_back
  from step group by issue_id)
select avg(l.came_back::int)::float8 from issue i join life l on l.issue_id = i.id
where i.level = 'item' and coalesce(i.resolution, '') !~* '^(won.t (do|fix)|duplicate|cannot reproduce|declined|invalid)' and i.deleted_at is null and l.first_done_at >= :from and l.first_done_at < :to
