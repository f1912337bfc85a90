"""R11: what an issue went through. Statuses are read as they are mapped now, over the whole history."""

from etl.derive.derivation import Derivation, Fill, Step
from store.tables.facts import fact_issue_state
from store.tables.work import work_interval

OF_ISSUE = "issue_id in (select id from d_scope_issue)"

STATUS_NOW = Step(
    "d_status_now",
    """
select s.id, s.name, coalesce(o.category, s.category) as category, coalesce(o.kind, s.kind) as kind
from status s left join d_status o on o.name = pg_temp.folded(s.name)
""",
)

MOVE = Step(
    "d_move",
    """
select t.issue_id, t.at, coalesce(t.position, 0) as position, t.id,
  coalesce(o.category, s.category, t.to_category) as category, coalesce(o.kind, s.kind, t.to_kind) as kind, coalesce(s.name, t.to_status) as status,
  coalesce(fo.category, f.category, t.from_category) as from_category, coalesce(fo.kind, f.kind) as from_kind, coalesce(f.name, t.from_status) as from_status
from issue_transition t join issue i on i.id = t.issue_id and i.deleted_at is null
left join d_status_now s on s.id = i.site || ':status:' || t.to_status_id
left join d_status_now f on f.id = i.site || ':status:' || t.from_status_id
left join d_status o on s.id is null and o.name = pg_temp.folded(t.to_status)
left join d_status fo on f.id is null and fo.name = pg_temp.folded(t.from_status)
""",
)

ISSUE_NOW = Step(
    "d_issue_now",
    """
select i.id, i.created_at, i.resolved_at, i.has_history, coalesce(o.category, s.category, i.category) as category,
  coalesce(o.kind, s.kind) as kind, coalesce(s.name, i.status) as status,
  exists (select from d_word w where w.kind = 'cancelled' and w.word = regexp_replace(pg_temp.folded(i.resolution), '[^a-z]', '', 'g')) as cancelled,
  m.issue_id is not null as moved
from issue i left join (select distinct issue_id from d_move) m on m.issue_id = i.id
left join d_status_now s on s.id = i.site || ':status:' || i.status_id
left join d_status o on s.id is null and o.name = pg_temp.folded(i.status)
where i.deleted_at is null
""",
)

# An issue begins in to do, unless its first change or, without any, its present status says otherwise.
MOMENT = Step(
    "d_moment",
    """
select issue_id, at, position, id, category, kind, status, null::boolean as flagged from d_move
union all
select i.id, least(i.created_at, f.at), -1, '', coalesce(f.from_category, 'todo'), f.from_kind, f.from_status, null
from d_issue_now i join (select distinct on (issue_id) * from d_move order by issue_id, at, position, id) f on f.issue_id = i.id
union all
select id, created_at, -1, '', case when category = 'done' then 'todo' else category end, kind, case when category <> 'done' then status end, null
from d_issue_now where not moved
union all
select id, resolved_at, 0, '', 'done', null, status, null from d_issue_now where not moved and category = 'done' and resolved_at is not null
union all
select c.issue_id, c.at, coalesce(c.position, 0), c.id, null, null, null, coalesce(c.new, '') <> ''
from issue_field_change c join d_issue_now i on i.id = c.issue_id where lower(c.field) = 'flagged'
""",
)

SPELL = Step(
    "d_spell",
    """
with grouped as (
  select *, count(category) over past as status_group, count(flagged) over past as flag_group
  from d_moment window past as (partition by issue_id order by at, position, id rows unbounded preceding)),
filled as (
  select issue_id, at, position, id, max(category) over same as category, max(kind) over same as kind, max(status) over same as status,
    coalesce(bool_or(flagged) over (partition by issue_id, flag_group), false) as flagged,
    lead(at) over (partition by issue_id order by at, position, id) as next_at
  from grouped window same as (partition by issue_id, status_group))
select f.issue_id, f.at as from_at, f.next_at as to_at, f.category, f.status,
  case when f.category <> 'in_progress' then null when f.flagged then 'waiting'
    else coalesce(f.kind, case when f.status ~* p.waiting then 'waiting' else 'active' end) end as kind
from filled f cross join d_parameter p
where f.category is not null and (f.next_at is null or f.next_at > f.at)
""",
)

STATE = Step("new_fact_issue_state", "select issue_id, from_at, to_at, category, kind, status from d_spell")

# Entries into a category, also those that last no time at all: closed at once is still closed.
ISLAND = Step(
    "d_island",
    """
with stepped as (
  select *, lag(category) over (partition by issue_id order by at, position, id) as before from d_moment where category is not null),
entered as (select issue_id, at, position, id, category from stepped where before is distinct from category)
select issue_id, at, category, lag(category) over steps as before, lag(at) over steps as before_at, lead(at) over steps as next_at,
  lead(at) over steps is null as is_last
from entered window steps as (partition by issue_id order by at, position, id)
""",
    kept=True,
)

LIFE = Step(
    "d_life",
    """
with entry as (
  select issue_id, min(at) filter (where category = 'in_progress') as start_at, min(at) filter (where category = 'done') as first_done_at,
    max(at) filter (where category = 'done') as last_done_at, bool_or(is_last and category = 'done') as ends_done,
    count(*) filter (where before = 'done' and at - before_at > interval '10 minutes') as reopened_count
  from d_island group by issue_id),
spent as (
  select issue_id, sum(extract(epoch from to_at - from_at)) filter (where kind = 'active') / 3600.0 as active_hours,
    sum(extract(epoch from to_at - from_at)) filter (where kind = 'waiting') / 3600.0 as waiting_hours
  from d_spell where category = 'in_progress' and to_at is not null group by issue_id)
select n.id as issue_id, n.category, n.status, n.cancelled, case when n.has_history then e.start_at end as start_at, e.first_done_at,
  case when n.category <> 'done' then null when e.ends_done then e.last_done_at else n.resolved_at end as closed_at,
  e.reopened_count, s.active_hours, s.waiting_hours
from d_issue_now n left join entry e on e.issue_id = n.id left join spent s on s.issue_id = n.id
""",
    kept=True,
)

ASSIGNED = Step(
    "d_assigned",
    """
with change as (
  select c.issue_id, c.at, coalesce(c.position, 0) as position, c.id, coalesce(c.new_id, c.new) as who, coalesce(c.old_id, c.old) as before
  from issue_field_change c join d_issue_now i on i.id = c.issue_id where lower(c.field) = 'assignee'),
held as (
  select issue_id, at, position, id, who from change
  union all
  select issue_id, '-infinity', -1, '', before from (select distinct on (issue_id) * from change order by issue_id, at, position, id) f
  union all
  select i.id, '-infinity', -1, '', i.assignee_id from issue i where i.deleted_at is null and not exists (select from change c where c.issue_id = i.id)),
span as (
  select h.issue_id, h.who, h.at as from_at, coalesce(lead(h.at) over (partition by h.issue_id order by h.at, h.position, h.id), 'infinity') as to_at
  from held h)
select s.issue_id, w.person_id, s.from_at, s.to_at
from span s join issue i on i.id = s.issue_id join identity w on w.id = case when s.who like '%:user:%' then s.who else i.site || ':user:' || s.who end
where s.from_at < s.to_at
""",
)

INTERVAL = Step(
    "new_work_interval",
    """
select s.issue_id, greatest(s.from_at, a.from_at) as from_at, min(a.person_id) as assignee_id,
  max(nullif(least(coalesce(s.to_at, 'infinity'), a.to_at), 'infinity')) as to_at
from d_spell s join d_assigned a on a.issue_id = s.issue_id and a.from_at < coalesce(s.to_at, 'infinity') and a.to_at > s.from_at
where s.category = 'in_progress' and s.kind = 'active'
group by 1, 2
""",
)

lifecycle = Derivation(
    "lifecycle",
    (STATUS_NOW, MOVE, ISSUE_NOW, MOMENT, SPELL, STATE, ISLAND, LIFE, ASSIGNED, INTERVAL),
    (Fill(fact_issue_state, within=OF_ISSUE), Fill(work_interval, within=OF_ISSUE)),
    part="issues",
    reads={"issue": "id in (select id from d_scope_issue)", "issue_transition": OF_ISSUE, "issue_field_change": OF_ISSUE},
)  # fmt: skip
