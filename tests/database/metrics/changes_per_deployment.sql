-- Pull requests first shipped by each change or hotfix.
select percentile_cont(0.5) within group (order by n.size) from (
  select count(distinct c.pr_id) as size from fact_deployment d join fact_change c on c.deployment_id = d.id and c.pr_id is not null
  where d.kind in ('change', 'hotfix') and d.finished_at >= :from and d.finished_at < :to group by d.id) n
