-- New capability and improvement among the person-days, by walking each working day over the spans of status and assignee as synced.
with day as (select d from generate_series(cast(:from as timestamptz), cast(:to as timestamptz) - interval '1 day', interval '1 day') d where extract(isodow from d) < 6),
busy as (
  select distinct w.assignee_id, day.d, coalesce(case when i.level = 'subtask' then i.parent_id end, i.id) as issue_id
  from day join work_interval w on w.from_at < day.d + interval '1 day' and coalesce(w.to_at, 'infinity') > day.d
  join issue i on i.id = w.issue_id and i.level <> 'epic' join person p on p.id = w.assignee_id and p.author_type = 'human'),
part as (select b.*, 1.0 / count(*) over (partition by assignee_id, d) as days from busy b)
select jsonb_object_agg(class, share) from (
  select coalesce(f.work_class, 'unclassified') as class, sum(days)::float8 / sum(sum(days)) over () as share
  from part p left join fact_issue f on f.id = p.issue_id group by 1) shares
