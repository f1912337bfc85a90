"""The sprint ledger: what each sprint committed to, what joined and left it, what was done and what spilled over.

Membership is read from stays, states from the history as they were when the sprint ended (for a running one, as they are now).
"""

from etl.derive.derivation import Amendment, Derivation, Fill, Step
from store.tables.facts import fact_sprint, fact_sprint_issue

# Boards without a team take the team and project that most of their sprint's items have.
PLACE = Step(
    "d_sprint_place",
    """
select si.sprint_id, mode() within group (order by f.team) as team, mode() within group (order by f.project) as project
from sprint_issue si join fact_issue f on f.id = si.issue_id and f.level = 'item' group by si.sprint_id
""",
)

SPRINT = Step(
    "new_fact_sprint",
    """
select s.id, coalesce(s.name, s.external_id) as name, coalesce(b.name, s.board_id) as board, coalesce(t.key, p.team) as team,
  coalesce(j.key, p.project) as project, s.state, s.goal, s.started_at, s.planned_end_at,
  case when s.state = 'closed' then coalesce(s.completed_at, s.planned_end_at) end as completed_at
from sprint s left join board b on b.id = s.board_id left join project j on j.id = b.project_id and j.deleted_at is null
left join team t on t.id = s.team_id left join d_sprint_place p on p.sprint_id = s.id
""",
)

# One row per sprint and issue however often it came and went; a removal at the very end of the sprint is its closing.
STAY = Step(
    "d_sprint_stay",
    """
with sprint_span as (
  select s.id, s.started_at, s.started_at + p.grace_span as committed_at, least(coalesce(s.completed_at, p.as_at), p.as_at) as seen_at
  from new_fact_sprint s cross join d_parameter p where s.started_at is not null and s.state <> 'future')
select i.sprint_id, i.issue_id, s.started_at, s.seen_at,
  bool_or(i.added_at <= s.committed_at and (i.removed_at is null or i.removed_at > s.committed_at)) as at_start,
  bool_or(i.added_at > s.committed_at) as joined_later,
  bool_or(i.removed_at is null or i.removed_at >= s.seen_at) as at_end,
  (array_agg(i.points_at_start order by i.added_at)
    filter (where i.added_at <= s.committed_at and (i.removed_at is null or i.removed_at > s.committed_at)))[1] as committed_points,
  (array_agg(coalesce(i.points_at_start, i.points_at_end) order by i.added_at) filter (where i.added_at > s.committed_at))[1] as added_points,
  (array_agg(i.points_at_end order by i.added_at desc))[1] as end_points
from sprint_issue i join sprint_span s on s.id = i.sprint_id
where i.added_at <= s.seen_at group by i.sprint_id, i.issue_id, s.started_at, s.seen_at
""",
)

# Work that was done or cancelled before the sprint began is in none of its sets. `d_life` has the issues that are derived now.
LEDGER = Step(
    "new_fact_sprint_issue",
    """
with known as (
  select t.*, f.key, f.title, f.url, f.issue_type, f.work_class, f.epic, n.at as closed_at,
    n.at is not null and f.cancelled and coalesce(f.cancelled_at <= t.seen_at, false) as cancelled
  from d_sprint_stay t join d_life l on l.issue_id = t.issue_id join fact_issue f on f.id = t.issue_id and f.level = 'item'
  left join d_island n on n.issue_id = t.issue_id and n.category = 'done' and n.at <= t.seen_at and (n.next_at is null or n.next_at > t.seen_at)),
sets as (
  select k.*, k.at_start as committed, not k.at_start as added, not k.at_end or k.cancelled as removed,
    k.at_end and k.closed_at is not null and not k.cancelled as done, k.at_end and k.closed_at is null as spilled
  from known k where (k.at_start or k.joined_later) and (k.closed_at is null or k.closed_at >= k.started_at))
select x.sprint_id || ' ' || x.issue_id as id, x.sprint_id, x.issue_id, s.name as sprint, s.board, s.team, s.project, s.state, s.started_at, s.completed_at,
  x.key, x.title, x.url, x.issue_type, x.work_class, x.epic, x.committed, x.added, x.removed, x.done, x.spilled, x.cancelled,
  case when x.done then x.closed_at end as done_at, case when x.committed then x.committed_points else x.added_points end as start_points, x.end_points,
  count(*) filter (where x.spilled and s.completed_at is not null)
    over (partition by x.issue_id order by s.completed_at nulls last, x.sprint_id rows unbounded preceding)::int as carried
from sets x join new_fact_sprint s on s.id = x.sprint_id
""",
)

# What else stands in a sprint follows it to another team.
PLACED = Step(
    "d_placed",
    """
select x.id, s.team, s.project from d_scope_sprint c join fact_sprint s using (id) join fact_sprint_issue x on x.sprint_id = s.id
where row(x.team, x.project) is distinct from row(s.team, s.project)
""",
)

sprints = Derivation(
    "sprints",
    (PLACE, SPRINT, STAY, LEDGER),
    (
        Fill(fact_sprint, within="t.id in (select id from d_scope_sprint)"),
        Fill(fact_sprint_issue, within="t.issue_id in (select id from d_scope_issue)"),
    ),
    part="issues",
    reads={"sprint": "id in (select id from d_scope_sprint)", "sprint_issue": "sprint_id in (select id from d_scope_sprint)"},
    last=(Amendment(fact_sprint_issue, PLACED, ("team", "project")),),
)
