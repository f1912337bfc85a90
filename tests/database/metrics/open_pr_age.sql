-- Hours since pull requests that stood open at the end of the window were offered, those out that are drafts today.
select percentile_cont(0.5) within group (order by extract(epoch from cast(:to as timestamptz) - o.ready_at) / 3600)
from pull_request p left join identity i on i.id = p.author_id left join person w on w.id = i.person_id
join lateral (select case when p.created_as_draft then coalesce((select min(e.at) from pr_event e where e.pr_id = p.id and e.kind = 'ready_for_review'), p.merged_at)
  else p.created_at end as ready_at) o on true and o.ready_at <= :to
where p.head_ref !~ '^(develop|main|master|release)' and coalesce(w.author_type, 'human') <> 'bot'
  and not p.is_draft and coalesce(p.merged_at, p.closed_at, 'infinity') > :to
