-- Finished items by the class that a label, else the label of the epic, else the type gives them.
select jsonb_object_agg(class, share) from (
  select coalesce(substring(array_to_string(i.labels, ' ') from 'work-class:(\w+)'), substring(array_to_string(e.labels, ' ') from 'work-class:(\w+)'),
      case lower(i.type) when 'bug' then 'defect' when 'incident' then 'ktlo' when 'support' then 'ktlo' when 'maintenance' then 'ktlo' when 'tech debt' then 'tech_debt'
        when 'chore' then 'tech_debt' when 'refactor' then 'tech_debt' when 'security' then 'risk' when 'compliance' then 'risk' when 'improvement' then 'improvement'
        when 'story' then 'new_capability' when 'new feature' then 'new_capability' else 'unclassified' end) as class, count(*)::float8 / sum(count(*)) over () as share
  from issue i left join issue e on e.id = coalesce(i.epic_id, i.parent_id) and e.level = 'epic'
  join (select s.issue_id, max(s.at) filter (where s.to_category = 'done' and s.prev <> 'done') as done_at, (array_agg(s.to_category order by s.at desc, s.position desc))[1] as final
  from (select t.*, lag(t.to_category, 1, 'todo') over (partition by t.issue_id order by t.at, t.position) as prev from issue_transition t) s group by s.issue_id) d on d.issue_id = i.id and d.final = 'done'
  where i.level = 'item' and coalesce(i.resolution, '') !~* '^(won.t (do|fix)|duplicate|cannot reproduce|declined|invalid)' and i.deleted_at is null and d.done_at >= :from and d.done_at < :to
  group by 1) shares
