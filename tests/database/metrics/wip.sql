-- Items whose last change up to the end of the window left them in progress.
select count(*)::float8 from issue i join lateral (
  select t.to_category from issue_transition t where t.issue_id = i.id and t.at <= :to order by t.at desc, t.position desc limit 1) s on s.to_category = 'in_progress'
where i.level = 'item' and coalesce(i.resolution, '') !~* '^(won.t (do|fix)|duplicate|cannot reproduce|declined|invalid)' and i.deleted_at is null
