-- Merged pull requests of people and agents, straight from the pull requests.
select count(*)::float8 from pull_request p left join identity i on i.id = p.author_id left join person w on w.id = i.person_id
where p.head_ref !~ '^(develop|main|master|release)' and p.merged_at >= :from and p.merged_at < :to and coalesce(w.author_type, 'human') <> 'bot'
