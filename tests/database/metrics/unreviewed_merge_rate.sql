-- No review by a human other than the author at or before the merge.
select avg(case when exists (
  select 1 from review r left join identity ri on ri.id = r.reviewer_id left join person rw on rw.id = ri.person_id
  where r.pr_id = p.id and r.submitted_at <= p.merged_at and coalesce(rw.author_type, 'human') = 'human' and ri.person_id is distinct from i.person_id)
  then 0 else 1 end)::float8
from pull_request p left join identity i on i.id = p.author_id left join person w on w.id = i.person_id
where p.head_ref !~ '^(develop|main|master|release)' and p.merged_at >= :from and p.merged_at < :to and coalesce(w.author_type, 'human') <> 'bot'
