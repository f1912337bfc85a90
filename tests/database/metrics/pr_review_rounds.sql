-- Reviews that have the same number of pushes and commits before them are one round; the mean over what was reviewed.
select avg(r.rounds)::float8
from pull_request p left join identity i on i.id = p.author_id left join person w on w.id = i.person_id
join lateral (select count(distinct (
    (select count(*) from pr_event e where e.pr_id = p.id and e.kind = 'push' and e.at < v.submitted_at)
    + (select count(*) from pr_commit pc join commit c using (sha) where pc.pr_id = p.id and c.committed_at < v.submitted_at))) as rounds
  from review v left join identity vi on vi.id = v.reviewer_id left join person vw on vw.id = vi.person_id
  where v.pr_id = p.id and v.submitted_at <= p.merged_at and coalesce(vw.author_type, 'human') = 'human' and vi.person_id is distinct from i.person_id) r on r.rounds > 0
where p.head_ref !~ '^(develop|main|master|release)' and p.merged_at >= :from and p.merged_at < :to and coalesce(w.author_type, 'human') <> 'bot'
