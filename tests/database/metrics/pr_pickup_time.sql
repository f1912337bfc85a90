-- Ready for review to the first human review, in hours; a review of a draft counts as 0.
select percentile_cont(0.5) within group (order by greatest(extract(epoch from r.first_at - o.ready_at) / 3600, 0))
{first_reviews}
