-- Changes and hotfixes per week of the window.
select count(*) / (extract(epoch from cast(:to as timestamptz) - cast(:from as timestamptz)) / 604800)::float8
from fact_deployment d where d.kind in ('change', 'hotfix') and d.finished_at >= :from and d.finished_at < :to
