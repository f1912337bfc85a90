-- Cycle times of the quarter against the 85th percentile of the 90 days before it.
with cycle as (
  select f.done_at, extract(epoch from f.done_at - f.start_at) / 86400 as days from fact_issue f
  where f.level = 'item' and not f.cancelled and f.start_at is not null and f.done_at is not null),
usual as (
  select percentile_cont(0.85) within group (order by days) as days from cycle
  where done_at >= cast(:from as timestamptz) - interval '90 days' and done_at < :from)
select avg((c.days <= u.days)::int)::float8 from cycle c cross join usual u where c.done_at >= :from and c.done_at < :to
