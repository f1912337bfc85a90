-- Hotfixes and rollbacks among changes, hotfixes and rollbacks.
select sum(case d.kind when 'change' then 0 else 1 end)::float8 / count(*)
from fact_deployment d where d.kind <> 'redeploy' and d.finished_at >= :from and d.finished_at < :to
