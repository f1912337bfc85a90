-- Issue cycle time over one window, in one figure and by week: bucket, n, days.
with moved as (
  select issue_id, min(moment) filter (where to_category = 'in_progress') as start_at, max(moment) filter (where to_category = 'done' and from_category <> 'done') as done_at,
    arg_max(to_category, position) as now_in
  from issue_transition where issue_id in (
    select issue_id from issue_transition where to_category = 'done' and moment >= $from::timestamptz and moment < $to::timestamptz) group by issue_id),
finished as (
  select date_trunc('week', m.done_at)::date as bucket, epoch(m.done_at - m.start_at) / 86400 as days from moved m join issue i on i.id = m.issue_id
  where m.now_in = 'done' and m.done_at >= $from::timestamptz and m.done_at < $to::timestamptz and i.type not in ('Epic', 'Sub-task')
    and i.resolution not in ('Won''t Do', 'Duplicate'))
select bucket, count(days), case when count(days) >= 5 then quantile_cont(days, 0.5) end from finished group by grouping sets ((), (bucket))
