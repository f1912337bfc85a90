-- Failure found anew: an incident laid to the deployment, or a rollback that names it.
select count(*) filter (where d.rolled_back_by_id is not null or d.id in (select n.link_deployment_id from fact_incident n where n.link_deployment_id is not null))::float8
  / count(*)
from fact_deployment d where d.kind in ('change', 'hotfix') and d.finished_at >= :from and d.finished_at < :to
