-- The five keys of delivery over one window: metric, n (or the denominator), value.
with {delivered},
inside as (from delivery where finished_at >= $from::timestamptz and finished_at < $to::timestamptz),
recovered as (
  select greatest(epoch(recovered_at - recovery_from_at) / 3600, 0) as hours from delivery
  where failed and kind in ('change', 'hotfix') and recovered_at >= $from::timestamptz and recovered_at < $to::timestamptz),
lead as (select epoch(deployed_at - begun_at) / 3600 as hours from change where deployed_at >= begun_at)
select 'deployment_frequency', count(*), count(*) * 7 / date_diff('day', $from::timestamptz, $to::timestamptz)::double from inside where kind in ('change', 'hotfix')
union all select 'change_lead_time', count(*), quantile_cont(hours, 0.5) from lead
union all select 'change_fail_rate', count(*), count(*) filter (where failed) / count(*)::double from inside where kind in ('change', 'hotfix')
union all select 'failed_deployment_recovery_time', count(*), quantile_cont(hours, 0.5) from recovered
union all select 'deployment_rework_rate', count(*), count(*) filter (where kind <> 'change') / count(*)::double from inside where kind <> 'redeploy'
