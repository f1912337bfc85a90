"""Who did what in the code, and whether it was within the person's working hours: rows of humans only, read in groups only."""

from etl.derive.derivation import Derivation, Fill, Step
from store.tables.facts import fact_activity

# A commit of a pull request tells of the push that brought it; sources tell of forced pushes at best.
DONE = Step(
    "d_deed",
    """
select 'review ' || r.id as id, 'review' as kind, r.reviewer as person_id, r.pr_id, p.repo_id, r.submitted_at as at,
  p.title, p.url
from d_review r join d_pr p on p.id = r.pr_id where r.reviewer_type = 'human' and r.reviewer is not null
union all
select format('push %s %s %s', pr_id, person_id, extract(epoch from at)::bigint), 'push', person_id, pr_id, min(repo_id), at, min(title),
  min(url)
from (
  select c.pr_id, w.person_id, p.repo_id, date_trunc('minute', c.committed_at) as at, p.title, p.url
  from d_pr_commit c join d_pr p on p.id = c.pr_id join identity w on w.id = c.author_id and w.author_type = 'human' where c.committed_at is not null
  union all
  select e.pr_id, w.person_id, p.repo_id, date_trunc('minute', e.at), p.title, p.url
  from pr_event e join d_pr p on p.id = e.pr_id join identity w on w.id = e.actor_id and w.author_type = 'human' where e.kind = 'push') pushed
group by pr_id, person_id, at
union all
select format('commit %s %s', c.repo_id, c.sha), 'commit', case when p.id is null then w.person_id else p.author_person_id end, p.id, c.repo_id,
  c.committed_at, coalesce(p.title, split_part(c.message, chr(10), 1)), r.url || '/commit/' || c.sha
from commit c left join (
  select distinct on (repo_id, merge_commit_sha) * from d_pr where merge_commit_sha is not null
  order by repo_id, merge_commit_sha, merged_at, id) p on p.repo_id = c.repo_id and p.merge_commit_sha = c.sha
left join identity w on w.id = c.author_id
left join repository r on r.id = c.repo_id
where c.on_default_branch and cardinality(c.parents) < 2 and c.committed_at is not null
  and case when p.id is null then w.author_type = 'human' else p.author_type = 'human' and p.author_person_id is not null end
""",
    read_once=True,
)

# Asking the system for its list of zones takes longer than trying the few that are named.
IS_ZONE = """
create or replace function pg_temp.is_zone(name text) returns boolean language plpgsql stable
as $body$ begin perform now() at time zone name; return true; exception when invalid_parameter_value then return false; end $body$
"""

ZONE = Step(
    "d_zone",
    """
with told as (
  select person_id, time_zone from identity where time_zone is not null),
known as (select time_zone as name from (select distinct time_zone from told) z where pg_temp.is_zone(time_zone))
select t.person_id, min(k.name) as zone from told t join known k on k.name = t.time_zone group by t.person_id
""",
)

CALENDAR = Step(
    "d_calendar",
    """
select c ->> 'team' as team, array(select jsonb_array_elements_text(c -> 'weekdays')::int) as weekdays, (c ->> 'opens')::time as opens,
  (c ->> 'closes')::time as closes
from d_config, jsonb_array_elements(doc -> 'calendars') c
""",
)

HOLIDAY = Step(
    "d_holiday",
    """
select value::date as day from d_config, jsonb_array_elements_text(doc #> '{org,holidays}')
""",
)

PLACED = Step(
    "d_deed_placed",
    """
select a.*, h.team, p.number, s.service as pr_service, a.at at time zone coalesce(z.zone, t.timezone) as local_at
from d_deed a left join primary_team h on h.person_id = a.person_id and h.from_at <= a.at and a.at < h.to_at
left join team t on t.key = h.team left join d_zone z on z.person_id = a.person_id
left join d_pr p on p.id = a.pr_id left join d_pr_service s on s.pr_id = a.pr_id
""",
    read_once=True,
)

FACT = Step(
    "new_fact_activity",
    """
select a.id, a.kind, a.person_id, a.pr_id, a.number, r.full_name as repo, coalesce(a.pr_service, s.key) as service, a.team, a.at,
  case when a.local_at is not null then not (
    extract(isodow from a.local_at)::int - 1 = any(c.weekdays) and a.local_at::time >= c.opens and a.local_at::time < c.closes
    and not exists (select from d_holiday y where y.day = a.local_at::date)) end as off_hours,
  a.title, a.url
from d_deed_placed a left join repository r on r.id = a.repo_id
left join lateral (
  select k.* from d_calendar k where k.team is null or k.team = a.team order by k.team is null limit 1) c on true
left join (
  select m.repo_id, min(k.key) as key from service_repository m join service k on k.id = m.service_id where m.path_prefix = '' group by m.repo_id) s
  on s.repo_id = a.repo_id
""",
    read_once=True,
)

WITHIN = """t.id in (
  select a.id from d_scope_pull s join fact_activity a on a.pr_id = s.id union select format('commit %s %s', repo_id, sha) from d_scope_commit)"""

activity = Derivation(
    "activity",
    (DONE, IS_ZONE, ZONE, CALENDAR, HOLIDAY, PLACED, FACT),
    (Fill(fact_activity, within=WITHIN),),
    part="after",
    reads={
        "commit": "(repo_id, sha) in (select repo_id, sha from d_scope_commit)",
        "pr_event": "pr_id in (select id from d_scope_pull)",
    },
)
