-- Merge to the first deployment that lists the pull request and is no rollback, in hours; services that only tell of merges are out.
select percentile_cont(0.5) within group (order by extract(epoch from d.at - p.merged_at) / 3600)
from pull_request p left join identity i on i.id = p.author_id left join person w on w.id = i.person_id
join (select c.pr_id, min(d.finished_at) as at from deployment_change c join fact_deployment d on d.id = c.deployment_id and d.kind <> 'rollback' and d.source <> 'merges' group by c.pr_id) d on d.pr_id = p.id
where p.head_ref !~ '^(develop|main|master|release)' and d.at >= :from and d.at < :to and d.at >= p.merged_at and coalesce(w.author_type, 'human') <> 'bot'
