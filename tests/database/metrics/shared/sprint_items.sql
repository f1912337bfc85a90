-- Items of the sprints that ended in the window: there at the start, there at the end, closed for good when it ended.
with member as (
  select s.id as sprint, s.started_at, s.completed_at, i.id as issue,
    bool_or(m.added_at <= s.started_at and coalesce(m.removed_at, 'infinity') > s.started_at) as at_start,
    bool_or(coalesce(m.removed_at, 'infinity') >= s.completed_at) as at_end,
    coalesce(i.resolution, '') ~* '^(won.t (do|fix)|duplicate|cannot reproduce|declined|invalid)' as dropped
  from sprint s join sprint_issue m on m.sprint_id = s.id and m.added_at <= s.completed_at join issue i on i.id = m.issue_id
  where s.state = 'closed' and s.completed_at >= :from and s.completed_at < :to and i.level = 'item' and i.deleted_at is null group by 1, 2, 3, 4, 7),
ended as (
  select b.*, (select t.at from issue_transition t where t.issue_id = b.issue and t.at <= b.completed_at and t.to_category = 'done'
    and not exists (select from issue_transition u where u.issue_id = b.issue and u.at <= b.completed_at and (u.at, u.position) > (t.at, t.position) and u.to_category <> 'done')
    order by t.at, t.position limit 1) as closed_at
  from member b),
counted as (select *, closed_at is not null and not dropped as done from ended where closed_at is null or closed_at >= started_at)
