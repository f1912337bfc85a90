-- Last approval by a human other than the author, not dismissed by its giver later, to the merge, in hours.
select percentile_cont(0.5) within group (order by extract(epoch from p.merged_at - r.last_at) / 3600)
from pull_request p left join identity i on i.id = p.author_id left join person w on w.id = i.person_id
join lateral (select max(v.submitted_at) as last_at from review v left join identity vi on vi.id = v.reviewer_id left join person vw on vw.id = vi.person_id
  where v.pr_id = p.id and v.submitted_at <= p.merged_at and v.state = 'approved' and coalesce(vw.author_type, 'human') = 'human' and vi.person_id is distinct from i.person_id
    and not exists (select from review d where d.pr_id = p.id and d.reviewer_id = v.reviewer_id and d.state = 'dismissed' and d.submitted_at between v.submitted_at and p.merged_at)
  ) r on r.last_at is not null
where p.head_ref !~ '^(develop|main|master|release)' and p.merged_at >= :from and p.merged_at < :to and coalesce(w.author_type, 'human') <> 'bot'
