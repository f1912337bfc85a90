-- Merged pull requests whose number a later merged one names in its branch or its text, over those that are no reverts themselves.
with undone as (
  select p.id, p.repo_id, p.merged_at, coalesce(substring(p.head_ref from '^revert-(\d+)-'), substring(p.body from '(?i)reverts [\w.-]+/[\w.-]+#(\d+)'))::int as undoes,
    lower(substring(p.body from '(?i)this reverts commit ([0-9a-f]{7,40})')) as sha
  from pull_request p)
select count(*) filter (where exists (select from undone u where u.repo_id = p.repo_id and u.merged_at > p.merged_at
    and (u.undoes = p.number or (u.undoes is null and starts_with(p.merge_commit_sha, u.sha)))))::float8 / count(*)
from pull_request p left join identity i on i.id = p.author_id left join person w on w.id = i.person_id join undone own on own.id = p.id
where p.head_ref !~ '^(develop|main|master|release)' and p.merged_at >= :from and p.merged_at < :to and coalesce(w.author_type, 'human') <> 'bot'
  and own.undoes is null and own.sha is null
