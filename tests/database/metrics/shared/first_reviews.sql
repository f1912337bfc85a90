from pull_request p left join identity i on i.id = p.author_id left join person w on w.id = i.person_id
join lateral (select case when p.created_as_draft then coalesce((select min(e.at) from pr_event e where e.pr_id = p.id and e.kind = 'ready_for_review'), p.merged_at)
  else p.created_at end as ready_at) o on true
join lateral (select min(v.submitted_at) as first_at from review v left join identity vi on vi.id = v.reviewer_id left join person vw on vw.id = vi.person_id
  where v.pr_id = p.id and v.submitted_at <= p.merged_at and coalesce(vw.author_type, 'human') = 'human' and vi.person_id is distinct from i.person_id) r on r.first_at is not null
where p.head_ref !~ '^(develop|main|master|release)' and p.merged_at >= :from and p.merged_at < :to and coalesce(w.author_type, 'human') <> 'bot'
