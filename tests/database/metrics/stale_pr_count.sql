-- Open at the end of the window, no draft, and in the seven days before it nobody but bots committed, reviewed or did anything to it.
select count(*)::float8 from pull_request p left join identity i on i.id = p.author_id left join person w on w.id = i.person_id
where p.head_ref !~ '^(develop|main|master|release)' and coalesce(w.author_type, 'human') <> 'bot'
  and not p.is_draft and p.created_at <= :to and coalesce(p.merged_at, p.closed_at, 'infinity') > :to
  and not exists (
    select from (
      select p.created_at as at, p.author_id as who union all
      select e.at, e.actor_id from pr_event e where e.pr_id = p.id union all
      select r.submitted_at, r.reviewer_id from review r where r.pr_id = p.id union all
      select c.committed_at, c.author_id from pr_commit pc join commit c using (sha) where pc.pr_id = p.id) deed
    left join identity di on di.id = deed.who left join person dw on dw.id = di.person_id
    where deed.at <= :to and deed.at > cast(:to as timestamptz) - interval '7 days' and coalesce(dw.author_type, 'human') = 'human')
