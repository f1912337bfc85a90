"""Epics with their dates and items, and milestones with the date that was promised first."""

from etl.derive.derivation import Derivation, Fill, Step
from store.tables.facts import fact_epic, fact_epic_item, fact_milestone

# An item belongs to its epic since it was last put there; without such a change, since its creation.
ITEM = Step(
    "d_epic_item",
    """
with put as (
  select c.issue_id, coalesce(nullif(c.new_id, ''), c.new) as into_id, c.new as into_key, max(c.at) as at
  from issue_field_change c where lower(c.field) in ('epic', 'parent') group by 1, 2, 3),
child as (
  select f.id, f.site, e.id as epic_id, e.key as epic_key, f.key, f.title, f.url, f.team as item_team, f.points, f.start_at, f.done_at, f.created_at,
    case when f.cancelled then coalesce(f.cancelled_at, f.created_at) end as left_at
  from fact_issue f join fact_issue e on e.level = 'epic' and e.site = f.site and e.key = f.epic where f.level = 'item')
select c.id, c.epic_id, c.key, c.title, c.url, c.item_team, c.points, c.start_at, c.done_at, c.left_at, coalesce(max(p.at), c.created_at) as joined_at
from child c left join put p on p.issue_id = c.id and (c.epic_id = c.site || ':issue:' || p.into_id or p.into_key = c.epic_key)
group by c.id, c.epic_id, c.key, c.title, c.url, c.item_team, c.points, c.start_at, c.done_at, c.left_at, c.created_at
""",
)

BEGUN = Step(
    "d_epic_begun",
    """
select epic_id, min(start_at) as begun_at, mode() within group (order by item_team) as team from d_epic_item group by epic_id
""",
)

EPIC = Step(
    "new_fact_epic",
    """
select f.id, f.key, f.title, f.url, f.project, coalesce(f.team, b.team) as team, f.initiative, f.work_class, f.created_at,
  least(f.start_at, b.begun_at) as begun_at, least(f.start_at, b.begun_at) + interval '14 days' as baseline_at, f.done_at, f.cancelled, f.cancelled_at,
  i.original_target_at, coalesce(i.target_at, i.due_at) as target_at, i.cod_per_week
from fact_issue f join issue i on i.id = f.id left join d_epic_begun b on b.epic_id = f.id where f.level = 'epic'
""",
)

EPIC_ITEM = Step(
    "new_fact_epic_item",
    """
select i.id, i.epic_id, e.key as epic, i.key, i.title, i.url, e.project, e.team, e.initiative, e.work_class, i.item_team, i.points, i.joined_at,
  i.left_at, i.done_at
from d_epic_item i join new_fact_epic e on e.id = i.epic_id
""",
)

# The dates an epic was promised for, oldest first: the one before the first change, then each new one; without changes the present one.
PROMISE = Step(
    "d_promise",
    """
with moved as (
  select c.issue_id, c.at, coalesce(c.position, 0) as position, coalesce(nullif(c.old_id, ''), c.old) as before, coalesce(nullif(c.new_id, ''), c.new) as after
  from issue_field_change c join new_fact_epic e on e.id = c.issue_id where lower(c.field) in ('due_date', 'target_date')),
told as (
  select issue_id, '-infinity'::timestamptz as at, -1 as position, before as day
  from (select distinct on (issue_id) * from moved order by issue_id, at, position) f
  union all select issue_id, at, position, after from moved)
select e.id, coalesce(e.original_target_at, (array_agg(t.target_at order by t.at desc, t.position desc) filter (where t.at <= e.begun_at))[1],
  (array_agg(t.target_at order by t.at, t.position))[1], e.target_at) as original_target_at
from new_fact_epic e left join (
  select t.issue_id, t.at, t.position, (left(t.day, 10)::date)::timestamp at time zone c.zone as target_at
  from told t cross join d_config c where t.day ~ '^\\d{4}-\\d{2}-\\d{2}') t on t.issue_id = e.id
group by e.id, e.original_target_at, e.target_at, e.begun_at
""",
)

MILESTONE = Step(
    "new_fact_milestone",
    """
select m.id, m.kind, m.name as key, m.name as title, m.url, j.key as project, t.team, null::text as epic, null::text as initiative, null::text as work_class,
  m.original_target_at, m.target_at, m.done_at, m.cancelled
from milestone m left join project j on j.id = m.project_id left join d_project_team t on t.project = j.key
union all
select e.id, 'epic', e.key, e.title, e.url, e.project, e.team, e.key, e.initiative, e.work_class, p.original_target_at, e.target_at, e.done_at, e.cancelled
from new_fact_epic e join d_promise p on p.id = e.id where p.original_target_at is not null
""",
)

# Epics of what was touched, as it is and as it was; and the epics that were touched themselves.
SCOPE = Step(
    "d_scope_epic",
    """
select t.id, f.site, f.key from (
  select s.id from d_scope_issue s join fact_issue f using (id) where f.level = 'epic'
  union select e.id from d_scope_issue s join fact_issue f using (id) join fact_issue e on e.level = 'epic' and e.site = f.site and e.key = f.epic
  union select x.epic_id from d_scope_issue s join fact_epic_item x using (id)
  union select e.id from d_scope_issue s join fact_epic e using (id)) t left join fact_issue f using (id)
""",
)
BELOW = Step(
    "d_scope_epic_issue",
    """
select id from d_scope_epic union select c.id from d_scope_epic e join fact_issue c on c.epic = e.key and c.site = e.site
""",
)

WITHIN = """t.id in (
  select i.id from d_scope_epic e join fact_epic_item i on i.epic_id = e.id union select id from d_scope_issue)"""

epics = Derivation(
    "epics",
    (ITEM, BEGUN, EPIC, EPIC_ITEM, PROMISE, MILESTONE),
    (
        Fill(fact_epic, within="t.id in (select id from d_scope_epic)"),
        Fill(fact_epic_item, within=WITHIN),
        Fill(fact_milestone, within="t.kind = 'epic' and t.id in (select id from d_scope_epic)"),
    ),
    part="issues",
    reads={
        "fact_issue": "id in (select id from d_scope_epic_issue)",
        "issue_field_change": "issue_id in (select id from d_scope_epic_issue)",
    },
    first=(SCOPE, BELOW),
)
