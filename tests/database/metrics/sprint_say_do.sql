-- Of the items in a sprint at its start and not closed before it, those that were closed for good when it ended; every item counts one.
{sprint_items}
select count(*) filter (where at_start and at_end and done)::float8 / count(*) filter (where at_start) from counted
