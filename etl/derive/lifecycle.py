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

# Numbers stand for the issues until their ids are written: they are sorted and joined in a fraction of the time.
ISSUE_NOW = Step(
    "d_issue_now",
    """
select row_number() over (order by i.id) as no, i.id, i.site, i.created_at, i.resolved_at, i.has_history,
  coalesce(o.category, s.category, i.category) as category, coalesce(o.kind, s.kind) as kind, coalesce(s.name, i.status) as status,
  exists (select from d_word w where w.kind = 'cancelled' and w.word = regexp_replace(pg_temp.folded(i.resolution), '[^a-z]', '', 'g')) as cancelled
from issue i left join d_status_now s on s.id = i.site || ':status:' || i.status_id
left join d_status o on s.id is null and o.name = pg_temp.folded(i.status)
where i.deleted_at is null
""",
)

MOVE = Step(
    "d_move",
    """
select i.no, t.at, coalesce(t.position, 0) as position, t.id,
  coalesce(o.category, s.category, t.to_category) as category, coalesce(o.kind, s.kind, t.to_kind) as kind, coalesce(s.name, t.to_status) as status,
  coalesce(fo.category, f.category, t.from_category) as from_category, coalesce(fo.kind, f.kind) as from_kind, coalesce(f.name, t.from_status) as from_status
from issue_transition t join d_issue_now i on i.id = t.issue_id
left join d_status_now s on s.id = i.site || ':status:' || t.to_status_id
left join d_status_now f on f.id = i.site || ':status:' || t.from_status_id
left join d_status o on s.id is null and o.name = pg_temp.folded(t.to_status)
left join d_status fo on f.id is null and fo.name = pg_temp.folded(t.from_status)
""",
)

FIRST = Step(
    "d_first_move",
    """
select distinct on (m.no) m.* from (select no, min(at) as at from d_move group by no) f join d_move m on m.no = f.no and m.at = f.at
order by m.no, m.position, m.id
""",
)

# An issue begins in to do, unless its first change or, without any, its present status says otherwise. All are put in order once.
MOMENT = Step(
    "d_moment",
    """
with moment as (
  select no, at, position, id, category, kind, status, null::boolean as flagged from d_move
  union all
  select i.no, least(i.created_at, f.at), -1, '', coalesce(f.from_category, 'todo'), f.from_kind, f.from_status, null
  from d_issue_now i join d_first_move f on f.no = i.no
  union all
  select i.no, i.created_at, -1, '', case when i.category = 'done' then 'todo' else i.category end, i.kind,
    case when i.category <> 'done' then i.status end, null
  from d_issue_now i where not exists (select from d_first_move f where f.no = i.no)
  union all
  select i.no, i.resolved_at, 0, '', 'done', null, i.status, null
  from d_issue_now i where not exists (select from d_first_move f where f.no = i.no) and i.category = 'done' and i.resolved_at is not null
  union all
  select i.no, c.at, coalesce(c.position, 0), c.id, null, null, null, coalesce(c.new, '') <> ''
  from issue_field_change c join d_issue_now i on i.id = c.issue_id where lower(c.field) = 'flagged')
select *, lag(category) over past as before, lead(at) over past as next_at
from moment window past as (partition by no order by at, position, id)
""",
)

# Issues with moments that say nothing of their category, such as a flag: those take it from the moment before.
MIXED = Step("d_mixed", "select distinct no from d_moment where category is null")

SPELL = Step(
    "d_spell",
    """
with grouped as (
  select m.*, count(category) over past as status_group, count(flagged) over past as flag_group
  from d_mixed x join d_moment m using (no) window past as (partition by no order by at, position, id rows unbounded preceding)),
filled as (
  select no, at, next_at, max(category) over same as category, max(kind) over same as kind, max(status) over same as status,
    coalesce(bool_or(flagged) over (partition by no, flag_group), false) as flagged
  from grouped window same as (partition by no, status_group)),
every as (
  select no, at, next_at, category, kind, status, false as flagged from d_moment m where not exists (select from d_mixed x where x.no = m.no)
  union all select * from filled where category is not null)
select f.no, i.id as issue_id, f.at as from_at, f.next_at as to_at, f.category, f.status,
  case when f.category <> 'in_progress' then null when f.flagged then 'waiting'
    else coalesce(f.kind, case when f.status ~* p.waiting then 'waiting' else 'active' end) end as kind
from every f join d_issue_now i using (no) cross join d_parameter p
where f.next_at is null or f.next_at > f.at
""",
)

STATE = Step("new_fact_issue_state", "select issue_id, from_at, to_at, category, kind, status from d_spell", read_once=True)

# Entries into a category, also those that last no time at all: closed at once is still closed.
ISLAND = Step(
    "d_island",
    """
with stepped as (
  select no, at, position, id, category, before from d_moment m where not exists (select from d_mixed x where x.no = m.no)
  union all
  select no, at, position, id, category, lag(category) over (partition by no order by at, position, id)
  from d_mixed join d_moment using (no) where category is not null),
entered as (select * from stepped where before is distinct from category)
select e.no, i.id as issue_id, e.at, e.category, lag(e.category) over steps as before, lag(e.at) over steps as before_at, lead(e.at) over steps as next_at,
  lead(e.at) over steps is null as is_last
from entered e join d_issue_now i using (no) window steps as (partition by e.no order by e.at, e.position, e.id)
""",
    kept=True,
)

LIFE = Step(
    "d_life",
    """
with entry as (
  select no, min(at) filter (where category = 'in_progress') as start_at, min(at) filter (where category = 'done') as first_done_at,
    max(at) filter (where category = 'done') as last_done_at, bool_or(is_last and category = 'done') as ends_done,
    count(*) filter (where before = 'done' and at - before_at > interval '10 minutes') as reopened_count
  from d_island group by no),
spent as (
  select no, sum(extract(epoch from to_at - from_at)) filter (where kind = 'active') / 3600.0 as active_hours,
    sum(extract(epoch from to_at - from_at)) filter (where kind = 'waiting') / 3600.0 as waiting_hours
  from d_spell where category = 'in_progress' and to_at is not null group by no)
select n.id as issue_id, n.category, n.status, n.cancelled, case when n.has_history then e.start_at end as start_at, e.first_done_at,
  case when n.category <> 'done' then null when e.ends_done then e.last_done_at else n.resolved_at end as closed_at,
  e.reopened_count, s.active_hours, s.waiting_hours
from d_issue_now n left join entry e using (no) left join spent s using (no)
""",
    kept=True,
)

ASSIGNED = Step(
    "d_assigned",
    """
with change as (
  select i.no, c.at, coalesce(c.position, 0) as position, c.id, coalesce(c.new_id, c.new) as who, coalesce(c.old_id, c.old) as before
  from issue_field_change c join d_issue_now i on i.id = c.issue_id where lower(c.field) = 'assignee'),
held as (
  select no, at, position, id, who from change
  union all
  select no, '-infinity', -1, '', before from (select distinct on (no) * from change order by no, at, position, id) f
  union all
  select n.no, '-infinity', -1, '', i.assignee_id from issue i join d_issue_now n using (id) where not exists (select from change c where c.no = n.no)),
span as (
  select no, who, at as from_at, coalesce(lead(at) over (partition by no order by at, position, id), 'infinity') as to_at from held)
select s.no, w.person_id, s.from_at, s.to_at
from span s join d_issue_now i using (no)
join identity w on w.id = case when s.who like '%:user:%' then s.who else i.site || ':user:' || s.who end
where s.from_at < s.to_at
""",
)

INTERVAL = Step(
    "new_work_interval",
    """
select s.issue_id, greatest(s.from_at, a.from_at) as from_at, min(a.person_id) as assignee_id,
  max(nullif(least(coalesce(s.to_at, 'infinity'), a.to_at), 'infinity')) as to_at
from d_spell s join d_assigned a on a.no = s.no and a.from_at < coalesce(s.to_at, 'infinity') and a.to_at > s.from_at
where s.category = 'in_progress' and s.kind = 'active'
group by 1, 2
""",
    read_once=True,
)

lifecycle = Derivation(
    "lifecycle",
    (STATUS_NOW, ISSUE_NOW, MOVE, FIRST, MOMENT, MIXED, SPELL, STATE, ISLAND, LIFE, ASSIGNED, INTERVAL),
    (Fill(fact_issue_state, within=OF_ISSUE), Fill(work_interval, within=OF_ISSUE)),
    part="issues",
    reads={"issue": "id in (select id from d_scope_issue)", "issue_transition": OF_ISSUE, "issue_field_change": OF_ISSUE},
)  # fmt: skip
