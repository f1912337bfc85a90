-- Lines of files that are not generated.
select percentile_cont(0.5) within group (order by n.lines) from pull_request p left join identity i on i.id = p.author_id left join person w on w.id = i.person_id
join lateral (select coalesce(sum(f.additions + f.deletions), 0)::float8 as lines, count(*) as files from pr_file f where f.pr_id = p.id
  and not coalesce(f.generated, false) and f.path !~ '(\.lock|\.lock\.hcl|-lock\.json|-lock\.yaml|\.min\.[a-z]+|_pb2\.py|\.snap|go\.sum)$' and f.path !~ '(^|/)(vendor|node_modules|dist|__snapshots__)/') n on true
where p.head_ref !~ '^(develop|main|master|release)' and p.merged_at >= :from and p.merged_at < :to and coalesce(w.author_type, 'human') <> 'bot'
