-- Merged pull requests of humans and agents over member days ÷ 7, each membership counted by its overlap with the window.
select (select count(*) from pull_request p left join identity i on i.id = p.author_id left join person w on w.id = i.person_id
  where p.merged_at >= :from and p.merged_at < :to and coalesce(w.author_type, 'human') <> 'bot' and p.head_ref !~ '^(develop|main|master|release)')::float8
  / (select sum(coalesce(m.allocation, 1) * extract(epoch from least(coalesce(m.valid_to, :to), :to) - greatest(m.valid_from, :from)) / 604800)
  from team_member m join person w on w.id = m.person_id and w.author_type = 'human' where m.valid_from < :to and coalesce(m.valid_to, :to) > :from)::float8
