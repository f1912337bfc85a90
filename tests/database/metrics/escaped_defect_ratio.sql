-- Defects created in the window by what the field says, cancelled ones out.
select avg((i.found_in ~* 'prod|customer|live')::int)::float8
from issue i join fact_issue f on f.id = i.id and f.work_class = 'defect'
where i.level = 'item' and i.found_in is not null and i.deleted_at is null and i.created_at >= :from and i.created_at < :to
  and coalesce(i.resolution, '') !~* '^(won.t (do|fix)|duplicate|cannot reproduce|declined|invalid)'
