"""R8 and R10: which accounts are one person, and which are bots or coding agents.

Automatic merges only by explicit mapping, equal verified e-mail, or a GitHub no-reply address; equal names are a suggestion.
"""

from etl.derive.derivation import Derivation, Fill, Step
from store.tables.people import identity_suggestion, person

# A Git author is known by an address that nobody verified: only GitHub's own no-reply addresses prove whose it is.
ACCOUNT = Step(
    "d_account",
    r"""
with addressed as (
  select i.*, lower(i.verified_email) as mail, lower(coalesce(i.verified_email, case when i.source = 'git' then i.external_id end)) as address
  from identity i),
named as (
  select i.id, i.site, i.source, i.external_id, i.login, i.display_name, i.account_type, i.confirmed_by, i.person_id, i.mail,
    substring(i.address from p.noreply) as noreply_login, substring(i.address from p.noreply_id) as noreply_id,
    lower(coalesce(i.login, substring(i.address from p.noreply), i.display_name, '')) as known_as
  from addressed i cross join d_parameter p),
bare as (select n.*, regexp_replace(n.known_as, '\[bot\]$', '') as bare from named n)
select b.id, b.site, b.source, b.external_id, lower(b.login) as login, b.display_name, b.mail, b.noreply_login, b.noreply_id,
  case when b.noreply_login is null then regexp_replace(b.mail, '\+[^@]*@', '@') end as folded_email,
  case when b.confirmed_by is not null then b.person_id end as confirmed_person,
  case
    when exists (select from d_word w where w.kind = 'configured_agent' and w.word = b.bare) then 'ai_agent'
    when exists (select from d_word w where w.kind = 'configured_bot' and w.word = b.bare) then 'bot'
    when exists (select from d_word w where w.kind = 'agent' and w.word = b.bare)
      and not (lower(coalesce(b.account_type, '')) = 'user' and exists (select from d_word f where f.kind = 'first_name' and f.word = b.bare))
      and (b.login is not null or b.noreply_login is not null) then 'ai_agent'
    when lower(coalesce(b.account_type, '')) in ('bot', 'app') or b.known_as ~ p.bot_login
      or exists (select from d_word w where w.kind = 'bot' and w.word = b.bare) then 'bot'
    else 'human' end as author_type
from bare b cross join d_parameter p
""",
)

MAPPING = Step(
    "d_mapping",
    """
select 'person:' || (entry ->> 'person') as person_id, token.kind, lower(token.value) as value, entry ->> 'name' as name
from d_config, jsonb_array_elements(doc -> 'people') entry
cross join lateral (
  select 'github' as kind, v as value from jsonb_array_elements_text(entry -> 'github') v
  union all select 'jira', v from jsonb_array_elements_text(entry -> 'jira') v
  union all select 'git', v from jsonb_array_elements_text(entry -> 'git') v
  union all select 'key', entry ->> 'person') token
union
select 'person:' || (member ->> 'person'), 'key', lower(member ->> 'person'), null
from d_config, jsonb_array_elements(doc -> 'teams') team, jsonb_array_elements(team -> 'members') member
""",
)

# One query for each way to name an account: each is a lookup.
EDGE = Step(
    "d_edge",
    r"""
select a.id as a, m.person_id as b, 'explicit' as rule
from d_mapping m join d_account a on a.source = m.kind and a.login = m.value where m.kind = 'github'
union
select a.id, m.person_id, 'explicit' from d_mapping m join d_account a on a.source = m.kind and lower(a.external_id) = m.value where m.kind = 'jira'
union
select a.id, m.person_id, 'explicit' from d_mapping m join d_account a on a.source = m.kind and a.mail = m.value where m.kind = 'jira'
union
select a.id, m.person_id, 'explicit' from d_mapping m join d_account a on lower(a.external_id) = m.value where m.kind in ('git', 'key')
union
select a.id, m.person_id, 'explicit' from d_mapping m join d_account a on a.mail = m.value where m.kind = 'git'
union
select a.id, m.person_id, 'explicit' from d_mapping m join d_account a on a.login = m.value where m.kind = 'key'
union
select a.id, m.person_id, 'explicit'
from d_mapping m join d_account a on a.folded_email = regexp_replace(m.value, '\+[^@]*@', '@') where m.kind = 'key'
union
select a.id, a.confirmed_person, 'explicit' from d_account a where a.confirmed_person is not null
union
select a.id, min(a.id) over (partition by a.author_type, a.folded_email), 'verified_email'
from d_account a where a.folded_email is not null
union
select a.id, g.id, 'github_noreply'
from d_account a join d_account g on g.source = 'github' and g.author_type = a.author_type and g.login = a.noreply_login
where a.noreply_login is not null and a.id <> g.id
union
select a.id, g.id, 'github_noreply'
from d_account a join d_account g on g.source = 'github' and g.author_type = a.author_type and g.external_id = a.noreply_id
where a.noreply_login is not null and a.id <> g.id
union
select d.subject, d.object, 'explicit'
from mapping_decision d join d_account x on x.id = d.subject join d_account y on y.id = d.object
where d.kind = 'identity' and d.decision = 'accepted' and d.undone_at is null
""",
)

COMPONENT = Step(
    "d_person_of",
    """
with recursive both_ways as (select a, b from d_edge where a <> b union select b, a from d_edge where a <> b),
reach as (select a as root, a as node from both_ways union select r.root, w.b from reach r join both_ways w on w.a = r.node),
joined as (
  select node, coalesce(min(root collate "C") filter (where root like 'person:%'), 'person:' || min(root collate "C")) as person_id
  from reach group by node)
select a.id as identity_id, coalesce(j.person_id, 'person:' || a.id) as person_id
from d_account a left join joined j on j.node = a.id
""",
)

IDENTITY = Step(
    "new_identity",
    """
with sure as (
  select distinct on (v.id) v.id, e.rule from d_edge e cross join lateral (values (e.a), (e.b)) v(id) where e.a <> e.b
  order by v.id, array_position(array['explicit', 'verified_email', 'github_noreply'], e.rule))
select a.id, o.person_id, s.rule as match_rule, a.author_type
from d_account a join d_person_of o on o.identity_id = a.id left join sure s on s.id = a.id
""",
)

# Facts of a person follow when an account becomes another's, or a bot's.
MOVED = """
insert into d_touched select 'account', i.id
from identity i join new_identity n using (id) where row(i.person_id, i.author_type) is distinct from row(n.person_id, n.author_type)
"""

IDENTITY_UPDATE = """
update identity i set person_id = n.person_id, match_rule = n.match_rule, author_type = n.author_type
from new_identity n
where n.id = i.id and row(i.person_id, i.match_rule, i.author_type) is distinct from row(n.person_id, n.match_rule, n.author_type)
"""

PERSON = Step(
    "new_person",
    """
with account as (
  select o.person_id, a.*, row_number() over (
    partition by o.person_id order by array_position(array['jira', 'github', 'git'], a.source), a.id collate "C") as place
  from d_account a join d_person_of o on o.identity_id = a.id),
known as (
  select person_id as id,
    (array_agg(coalesce(display_name, login) order by place) filter (where coalesce(display_name, login) is not null))[1] as display_name,
    case when bool_or(author_type = 'human') then 'human' when bool_or(author_type = 'ai_agent') then 'ai_agent' else 'bot' end as author_type
  from account group by person_id)
select id, coalesce(m.name, known.display_name) as display_name, coalesce(known.author_type, 'human') as author_type,
  null::timestamptz as active_from, null::timestamptz as active_to
from known full join (select person_id as id, max(name) as name from d_mapping group by person_id) m using (id)
""",
)

# One account of each person who bears the name stands for the person.
SUGGESTION = Step(
    "new_identity_suggestion",
    r"""
with named as (
  select a.id, o.person_id, lower(regexp_replace(a.display_name, '[\s_.-]+', '', 'g')) as name
  from d_account a join d_person_of o on o.identity_id = a.id where a.author_type = 'human'),
bearer as (select distinct on (name, person_id) name, person_id, id from named where name <> '' order by name, person_id, id collate "C"),
counted as (select *, count(*) over (partition by name) as bearers from bearer)
select least(x.id collate "C", y.id collate "C") as identity_a, greatest(x.id collate "C", y.id collate "C") as identity_b, 'equal_name' as rule,
  min(x.bearers)::int as bearers
from counted x join counted y on y.name = x.name and y.person_id > x.person_id group by 1, 2
""",
)

people = Derivation(
    "people",
    (ACCOUNT, MAPPING, EDGE, COMPONENT, IDENTITY, MOVED, IDENTITY_UPDATE, PERSON, SUGGESTION),
    (Fill(person), Fill(identity_suggestion)),
    part="people",
)
