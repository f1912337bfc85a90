-- Agents' pull requests and those marked by label, footer or trailer, over all but bots.
select avg(case when w.author_type = 'ai_agent' or p.body ~* 'generated (with|by) \[?(claude|copilot|cursor|codex)'
  or exists (select 1 from unnest(p.labels) l where l ~* '^(ai|copilot|claude)')
  or exists (select 1 from pr_commit pc join commit c using (sha) where pc.pr_id = p.id and c.message ~* '(co-authored-by|assisted-by|generated-by|made-with):[^\n]*(claude|copilot|cursor|codex|devin|gemini)')
  then 1 else 0 end)::float8
from pull_request p left join identity i on i.id = p.author_id left join person w on w.id = i.person_id
where p.head_ref !~ '^(develop|main|master|release)' and p.merged_at >= :from and p.merged_at < :to and coalesce(w.author_type, 'human') <> 'bot'
