-- The payments team's six sprints before the end of the window: the mean of the points, at the end, of the items that were done in them.
with newest as (
  select s.id, s.started_at, s.completed_at from sprint s join board b on b.id = s.board_id join project p on p.id = b.project_id
  where p.key = 'PAY' and s.state = 'closed' and s.completed_at < :to order by s.completed_at desc limit 6),
stay as (
  select distinct on (n.id, m.issue_id) n.*, m.issue_id, m.points_at_end, m.removed_at from newest n join sprint_issue m on m.sprint_id = n.id and m.added_at <= n.completed_at
  order by n.id, m.issue_id, m.added_at desc),
done as (
  select y.id, y.points_at_end from stay y join issue i on i.id = y.issue_id join lateral (
    select t.at, t.to_category from issue_transition t where t.issue_id = i.id and t.at <= y.completed_at order by t.at desc, t.position desc limit 1) l on l.to_category = 'done'
  where i.level = 'item' and coalesce(y.removed_at, 'infinity') >= y.completed_at and l.at >= y.started_at
    and coalesce(i.resolution, '') !~* '^(won.t (do|fix)|duplicate|cannot reproduce|declined|invalid)')
select sum(points_at_end)::float8 / 6 from done
