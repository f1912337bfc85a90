-- End of the failed deployment (its start, when an incident began before it ended) to the last resolution of its incidents, or to the rollback when it had none, in hours.
select percentile_cont(0.5) within group (order by greatest(extract(epoch from b.back_at - case when b.began_at < d.finished_at then d.started_at else d.finished_at end) / 3600, 0))
from fact_deployment d
join lateral (select coalesce(max(n.resolved_at), (select r.finished_at from fact_deployment r where r.id = d.rolled_back_by_id)) as back_at, min(n.started_at) as began_at,
  bool_or(n.id is not null and n.resolved_at is null) as still_open from fact_incident n where n.link_deployment_id = d.id) b on true
where d.kind in ('change', 'hotfix') and not coalesce(b.still_open, false) and b.back_at >= :from and b.back_at < :to
