-- First commit (at most 60 days before it was opened) to merge, in hours.
select percentile_cont(0.5) within group (order by extract(epoch from p.merged_at - least(p.created_at, greatest(c.first_at, p.created_at - interval '60 days'))) / 3600)
from pull_request p left join identity i on i.id = p.author_id left join person w on w.id = i.person_id
left join (select pc.pr_id, min(c.authored_at) as first_at from pr_commit pc join commit c using (sha) group by pc.pr_id) c on c.pr_id = p.id
where p.head_ref !~ '^(develop|main|master|release)' and p.merged_at >= :from and p.merged_at < :to and coalesce(w.author_type, 'human') <> 'bot'
