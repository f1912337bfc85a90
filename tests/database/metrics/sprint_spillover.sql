-- Of the items in a sprint at its end, done in it or open, the share that was open.
{sprint_items}
select count(*) filter (where at_end and closed_at is null)::float8 / count(*) filter (where at_end and (done or closed_at is null)) from counted
