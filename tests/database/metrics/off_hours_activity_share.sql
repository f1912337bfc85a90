-- Reviews and pushes (commits of a pull request, one a minute, and forced pushes) of people before nine, after five or on a weekend, all in UTC.
with people as (select i.id, i.person_id from identity i join person p on p.id = i.person_id and p.author_type = 'human'),
deed as (
  select r.submitted_at as at, r.id from review r join people w on w.id = r.reviewer_id join pull_request p on p.id = r.pr_id left join identity a on a.id = p.author_id
  where r.submitted_at <= coalesce(p.merged_at, p.closed_at, 'infinity') and w.person_id is distinct from a.person_id
  union
  select date_trunc('minute', c.committed_at), p.id || w.person_id from pr_commit l join pull_request p on p.id = l.pr_id
  join commit c on c.sha = l.sha and c.repo_id = p.repo_id join people w on w.id = c.author_id
  union
  select date_trunc('minute', e.at), e.pr_id || w.person_id from pr_event e join people w on w.id = e.actor_id where e.kind = 'push')
select avg((extract(isodow from at at time zone 'UTC') > 5 or extract(hour from at at time zone 'UTC') not between 9 and 16)::int)::float8
from deed where at >= :from and at < :to
