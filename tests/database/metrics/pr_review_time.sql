-- First human review, or the offering of what was looked at as a draft, to the merge, in hours.
select percentile_cont(0.5) within group (order by extract(epoch from p.merged_at - greatest(r.first_at, o.ready_at)) / 3600)
{first_reviews}
