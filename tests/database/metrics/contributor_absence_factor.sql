-- Commits of the last 180 days per person; as many as stand before half of them is reached, and the one who reaches it.
with made as (
  select coalesce(pi.person_id, w.id) as who, count(*) as commits
  from commit c left join pull_request p on p.repo_id = c.repo_id and p.merge_commit_sha = c.sha left join identity pi on pi.id = p.author_id
  left join identity i on i.id = c.author_id left join person w on w.id = coalesce(pi.person_id, i.person_id)
  where c.on_default_branch and cardinality(c.parents) < 2 and w.author_type = 'human' and cast(:from as timestamptz) < :to
    and c.committed_at > cast(:to as timestamptz) - interval '180 days' and c.committed_at <= :to
  group by 1),
ranked as (select commits, sum(commits) over (order by commits desc, who) - commits as before, sum(commits) over () as all_commits from made)
select count(*)::float8 from ranked where before < all_commits / 2.0
