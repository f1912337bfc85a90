-- Of what was closed in the window the share that was not merged; a branch that was merged later under another number is no waste.
select avg((p.merged_at is null)::int)::float8 from pull_request p left join identity i on i.id = p.author_id left join person w on w.id = i.person_id
where p.head_ref !~ '^(develop|main|master|release)' and coalesce(w.author_type, 'human') <> 'bot'
  and coalesce(p.merged_at, p.closed_at) >= :from and coalesce(p.merged_at, p.closed_at) < :to
  and not (p.merged_at is null and exists (select from pull_request q where q.repo_id = p.repo_id and q.head_ref = p.head_ref and q.merged_at > p.created_at))
