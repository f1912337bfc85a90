-- Start to resolution of severe or unrated incidents, in hours.
select percentile_cont(0.5) within group (order by extract(epoch from n.resolved_at - n.started_at) / 3600)
from incident n where not n.duplicate and n.resolved_at >= :from and n.resolved_at < :to and coalesce(n.severity, 'sev1') in ('sev1', 'sev2')
