-- Items that joined after the start, and items that had left or been dropped by the end, over the items there at the start.
{sprint_items}
select (count(*) filter (where not at_start) + count(*) filter (where not at_end or (dropped and closed_at is not null)))::float8 / count(*) filter (where at_start) from counted
