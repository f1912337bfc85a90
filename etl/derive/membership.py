"""R9: who belonged to which team when. GitHub knows the present only, so moves are noted from the refresh that sees them."""

from etl.derive.derivation import Derivation, Fill, Step
from store.tables.people import primary_team, team_member

YAML = Step(
    "new_team_member",
    """
select distinct on (1, 2, 3) 'team:' || (t ->> 'key') as team_id, o.person_id,
  coalesce((m ->> 'from_date')::date::timestamp at time zone c.zone, 'epoch') as valid_from,
  (m ->> 'to_date')::date::timestamp at time zone c.zone as valid_to,
  (m ->> 'allocation')::float8 as allocation, (m ->> 'primary')::boolean as is_primary, 'yaml' as source
from d_config c, jsonb_array_elements(doc -> 'teams') t, jsonb_array_elements(t -> 'members') m
cross join lateral (
  select coalesce(min(x.person_id), 'person:' || (m ->> 'person')) as person_id
  from d_mapping g join d_edge e on e.b = g.person_id join d_person_of x on x.identity_id = e.a
  where g.person_id = 'person:' || (m ->> 'person')) o
order by 1, 2, 3, 6 desc, 5 desc
""",
)

PRESENT = Step(
    "d_present",
    """
with member as (
  select distinct ts.team_id, o.person_id
  from d_team_source ts join source_team_member m on m.team_id = ts.source_team_id join d_person_of o on o.identity_id = m.identity_id
  where not exists (select from new_team_member y where y.team_id = ts.team_id and y.source = 'yaml')),
size as (select team_id, count(*) as members from member group by team_id)
select m.team_id, m.person_id, row_number() over (
    partition by m.person_id order by exists (select from new_team child where child.parent_team_id = m.team_id), s.members, m.team_id) = 1
  and not exists (select from new_team_member y where y.person_id = m.person_id and y.is_primary) as is_primary
from member m join size s on s.team_id = m.team_id
""",
)

KNOWN = """
insert into new_team_member
select m.team_id, m.person_id, m.valid_from, case when p.person_id is null then coalesce(m.valid_to, c.as_at) else m.valid_to end,
  m.allocation, coalesce(p.is_primary and m.valid_to is null, m.is_primary), 'github'
from team_member m cross join d_config c
left join d_present p on p.team_id = m.team_id and p.person_id = m.person_id
where m.source = 'github' and exists (select from d_team_source ts where ts.team_id = m.team_id)
  and not exists (select from new_team_member y where y.team_id = m.team_id and y.source = 'yaml')
"""

JOINED = """
insert into new_team_member
select p.team_id, p.person_id,
  case when exists (select from team_member k where k.person_id = p.person_id and k.source = 'github') then c.as_at else 'epoch' end,
  null, 1.0, p.is_primary, 'github'
from d_present p cross join d_config c
where not exists (select from new_team_member k where k.team_id = p.team_id and k.person_id = p.person_id and k.valid_to is null)

"""

# A confirmed membership holds until a source says something about the person itself.
CONFIRMED = """
insert into new_team_member
select distinct t.id, o.person_id, timestamptz 'epoch', null::timestamptz, 1.0, true, 'confirmed'
from mapping_decision d join d_person_of o on o.identity_id = d.subject join new_team t on t.id = d.object
where d.kind = 'membership' and d.decision = 'accepted' and d.undone_at is null
  and not exists (select from new_team_member y where y.person_id = o.person_id)
"""

PRIMARY = Step(
    "new_primary_team",
    """
with bound as (
  select person_id, valid_from as at from team_member union select person_id, valid_to from team_member where valid_to is not null),
span as (select person_id, at as from_at, coalesce(lead(at) over (partition by person_id order by at), 'infinity') as to_at from bound)
select distinct on (s.person_id, s.from_at) s.person_id, s.from_at, s.to_at, t.key as team
from span s
join team_member m on m.person_id = s.person_id and m.valid_from <= s.from_at and (m.valid_to is null or m.valid_to > s.from_at)
join team t on t.id = m.team_id
order by s.person_id, s.from_at, m.is_primary desc, m.allocation desc nulls last, m.team_id
""",
)

# Facts of a person follow when the team does.
MOVED = """
insert into d_touched select 'account', i.id
from identity i where i.person_id in (
  select person_id from (
    (select person_id, from_at, to_at, team from new_primary_team except select person_id, from_at, to_at, team from primary_team)
    union all
    (select person_id, from_at, to_at, team from primary_team except select person_id, from_at, to_at, team from new_primary_team)) differing)
"""

membership = Derivation(
    "membership",
    (YAML, PRESENT, KNOWN, JOINED, CONFIRMED),
    (Fill(team_member, ours="t.source in ('yaml', 'github', 'confirmed')"),),
    part="people",
)
primary_teams = Derivation("primary_teams", (PRIMARY, MOVED), (Fill(primary_team),), part="people")
