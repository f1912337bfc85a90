-- Successful among successful and failed production jobs; releases, tags and merges know no failed ones.
select count(*) filter (where r.status = 'success')::float8 / nullif(count(*), 0)
from fact_deployment_row r where r.source not in ('releases', 'tags', 'merges') and r.status <> 'cancelled' and r.status <> 'running' and r.finished_at >= :from and r.finished_at < :to
