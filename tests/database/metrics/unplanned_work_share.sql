-- The same person-days, those on incidents, keeping the lights on, urgent defects and late additions to sprints above the line.
with day as (select d from generate_series(cast(:from as timestamptz), cast(:to as timestamptz) - interval '1 day', interval '1 day') d where extract(isodow from d) < 6),
busy as (
  select distinct w.assignee_id, day.d, coalesce(case when i.level = 'subtask' then i.parent_id end, i.id) as issue_id
  from day join work_interval w on w.from_at < day.d + interval '1 day' and coalesce(w.to_at, 'infinity') > day.d
  join issue i on i.id = w.issue_id and i.level <> 'epic' join person p on p.id = w.assignee_id and p.author_type = 'human'),
part as (select b.*, 1.0 / count(*) over (partition by assignee_id, d) as days from busy b),
late as (select s.issue_id from sprint_issue s join sprint p on p.id = s.sprint_id where s.added_at > p.started_at and s.added_at < coalesce(p.completed_at, 'infinity')),
urgent as (
  select f.id from fact_issue f where f.work_class = 'ktlo' or (f.work_class = 'defect' and f.priority in ('High', 'Highest'))
  union select issue_id from late union select issue_id from fact_incident where issue_id is not null)
select sum(days) filter (where u.id is not null)::float8 / sum(days) from part p left join urgent u on u.id = p.issue_id
