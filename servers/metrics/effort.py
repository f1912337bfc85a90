"""Where working days went, as rows for metrics: each person's day is split equally over the issues in progress, active and assigned on it.

Made for the window that is asked for, from spans of work and of membership; a day counts once it is over. Work on a sub-task is work on its item.
"""

_LOCAL = "at time zone cast(:tz as text)"
_WORKS = "extract(isodow from {day})::int - 1 = any(cast(:weekdays as int[])) and not ({day})::date = any(cast(:holidays as date[]))"
_SPAN = f"cast(:span_from as timestamptz) {_LOCAL} as first, cast(:span_to as timestamptz) {_LOCAL} as last"
# Working days are counted, so that the days of a span are a range of numbers. Epics are known by their ids and sub-tasks by an index of
# their own, so that no issue is looked up for what only few of them are.
STEM = """days as (
  select d.no, d.day, d.starts_at from unnest(cast(:day_names as date[]), cast(:day_starts as timestamptz[])) with ordinality d(day, starts_at, no)),
touched as (
  select distinct w.person_id, w.day_no, coalesce(i.parent_id, w.issue_id) as issue_id from (
    select w.issue_id, w.person_id, unnest((cast(:day_numbers as int[]))[w.first_no:w.last_no]) as day_no from (
      select w.issue_id, w.assignee_id as person_id,
        width_bucket(greatest(w.from_at, cast(:span_from as timestamptz)), cast(:day_ends as timestamptz[])) + 1 as first_no,
        width_bucket(least(w.to_at, cast(:span_to as timestamptz)) - interval '1 microsecond', cast(:day_starts as timestamptz[])) as last_no
      from work_interval w where w.from_at < :span_to and (w.to_at > :span_from or w.to_at is null) offset 0) w
    where w.first_no <= w.last_no) w
  join person p on p.id = w.person_id and p.author_type = 'human' left join issue i on i.id = w.issue_id and i.level = 'subtask'
  where w.issue_id not in (select e.id from fact_epic e))"""
"""How all of these selects begin: the working days of the span that are over, and who worked on which of them on what."""
_MEMBERS = "primary_team m join person p on p.id = m.person_id and p.author_type = 'human'"
# By grouping and not by looking for what is missing: the planner cannot know how many days there are, and would compare each with each.
_IDLE = f"""
  select a.person_id, max(a.team) as team, a.day_no from (
    select m.person_id, m.team, d.no as day_no, false as busy from {_MEMBERS} join days d on d.starts_at >= m.from_at and d.starts_at < m.to_at
    union all select t.person_id, null, t.day_no, true from touched t) a
  group by a.person_id, a.day_no having not bool_or(a.busy)"""
_UNPLANNED = """(f.work_class = 'ktlo'
  or (f.work_class = 'defect' and lower(f.priority) in ('high', 'highest', 'critical', 'blocker', 'urgent', 'immediate', 'p0', 'p1', 'sev1', 'sev2'))
  or f.id in (select n.issue_id from fact_incident n where n.issue_id is not null)
  or f.id in (select x.issue_id from fact_sprint_issue x where x.added))"""
_SPLIT = f"""select concat_ws(' ', t.person_id, d.day, t.issue_id) as id, t.person_id, d.day, d.starts_at as at, t.effort_days,
    coalesce({_UNPLANNED}, false) as unplanned, f.key, f.title, f.url, f.team, f.project, f.epic, f.initiative, f.work_class
  from (select t.*, 1.0::float8 / count(*) over (partition by t.person_id, t.day_no) as effort_days from touched t) t
  join days d on d.no = t.day_no left join fact_issue f on f.id = t.issue_id"""

EFFORT = f"(with {STEM} {_SPLIT})"
"""One row per person, day and issue; `effort_days` of a person and day come to 1."""

UNTRACKED = f"(with {STEM} select i.team, d.starts_at as at, 1.0::float8 as effort_days from ({_IDLE}) i join days d on d.no = i.day_no)"
"""Days on which members of a team had nothing in progress."""

COST = f"""(
  with {STEM}, month_days as (
    select d.day, to_char(d.day, 'YYYY-MM') as month
    from (select {_SPAN}) s cross join lateral generate_series(
      date_trunc('month', s.first), date_trunc('month', s.last) + interval '1 month - 1 day', interval '1 day') d(day)
    where {_WORKS.format(day="d.day")}),
  paid as (
    select h.team, h.month, c.currency, c.amount / h.days as a_day from (
      select m.team, d.month, count(*) as days from {_MEMBERS}
      join month_days d on d.day >= m.from_at {_LOCAL} and d.day < m.to_at {_LOCAL} group by 1, 2) h
    join team t on t.key = h.team left join team_cost c on c.team_id = t.id and c.month = h.month),
  worked as (
    select s.id, s.at, s.day, s.effort_days, true as tracked, m.team as person_team, s.key, s.title, s.url, s.project, s.epic, s.initiative, s.work_class
    from ({_SPLIT}) s join primary_team m on m.person_id = s.person_id and s.at >= m.from_at and s.at < m.to_at
    union all
    select '', d.starts_at, d.day, 1.0, false, i.team, null, null, null, null, null, null, null from ({_IDLE}) i join days d on d.no = i.day_no)
  select w.*, p.currency, p.a_day * w.effort_days as cost
  from worked w join paid p on p.team = w.person_team and p.month = to_char(w.day, 'YYYY-MM'))"""
"""The cost of each team and month over the days of its people: of all working days of the month, so that a running one is paid as far as it is over."""
