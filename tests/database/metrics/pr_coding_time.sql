-- First commit (at most 60 days before it was opened) to ready for review, in hours.
select percentile_cont(0.5) within group (order by extract(epoch from o.ready_at - least(p.created_at, greatest(c.first_at, p.created_at - interval '60 days'))) / 3600)
from pull_request p left join identity i on i.id = p.author_id left join person w on w.id = i.person_id
join lateral (select case when p.created_as_draft then coalesce((select min(e.at) from pr_event e where e.pr_id = p.id and e.kind = 'ready_for_review'), p.merged_at)
  else p.created_at end as ready_at) o on true
left join (select pc.pr_id, min(c.authored_at) as first_at from pr_commit pc join commit c using (sha) group by pc.pr_id) c on c.pr_id = p.id
where p.head_ref !~ '^(develop|main|master|release)' and p.merged_at >= :from and p.merged_at < :to and coalesce(w.author_type, 'human') <> 'bot'
