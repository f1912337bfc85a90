-- Merged pull requests with a linked issue.
select avg(case when p.id in (select l.pr_id from issue_pr l) then 1 else 0 end)::float8 from pull_request p left join identity i on i.id = p.author_id left join person w on w.id = i.person_id
where p.head_ref !~ '^(develop|main|master|release)' and p.merged_at >= :from and p.merged_at < :to and coalesce(w.author_type, 'human') <> 'bot'
