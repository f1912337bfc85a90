-- Lines in files that another merged pull request of the repository touched less than 21 days before, by looking for one.
with file as materialized (
  select p.id, p.repo_id, p.merged_at, f.path, f.additions + f.deletions as lines
  from pull_request p join pr_file f on f.pr_id = p.id left join identity i on i.id = p.author_id left join person w on w.id = i.person_id
  where p.merged_at is not null and not coalesce(f.generated, false) and f.path !~ '(\.lock|\.lock\.hcl|lock\.json|lock\.yaml|go\.sum|\.snap)$|(^|/)(dist|vendor)/|\.min\.|_pb2'),
ours as materialized (
  select p.id from pull_request p left join identity i on i.id = p.author_id left join person w on w.id = i.person_id
  where p.merged_at >= :from and p.merged_at < :to and coalesce(w.author_type, 'human') <> 'bot' and p.head_ref !~ '^(develop|main|master|release)'),
fresh as (
  select distinct f.id, f.path from ours join file f using (id)
  join file e on e.repo_id = f.repo_id and e.path = f.path and e.merged_at < f.merged_at and e.merged_at > f.merged_at - interval '21 days')
select sum(f.lines) filter (where r.path is not null)::float8 / sum(f.lines)
from ours join file f using (id) left join fresh r on r.id = f.id and r.path = f.path
