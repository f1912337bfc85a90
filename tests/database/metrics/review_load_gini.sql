-- Σ|x_i − x_j| over all pairs of people, as the definition is written; members, authors and reviewers are the people.
with review_of as (
  select distinct v.id as who, r.pr_id from review r join pull_request p on p.id = r.pr_id
  join identity i on i.id = r.reviewer_id join person v on v.id = i.person_id and v.author_type = 'human'
  left join identity a on a.id = p.author_id
  where r.submitted_at >= :from and r.submitted_at < :to and r.submitted_at <= coalesce(p.merged_at, p.closed_at, 'infinity') and v.id is distinct from a.person_id),
people as (
  select who from review_of
  union select m.person_id from team_member m join person w on w.id = m.person_id and w.author_type = 'human'
    where m.valid_from < :to and coalesce(m.valid_to, 'infinity') > :from
  union select i.person_id from pull_request p join identity i on i.id = p.author_id join person w on w.id = i.person_id and w.author_type = 'human'
    where p.merged_at >= :from and p.merged_at < :to),
load as (select p.who, count(r.pr_id) as x from people p left join review_of r using (who) group by p.who)
select sum(abs(a.x - b.x))::float8 / (2 * count(distinct a.who) ^ 2 * (select avg(x) from load)) from load a cross join load b
