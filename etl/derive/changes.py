"""R4: what a deployment ships: commits reachable from its sha and not from the sha before, each with its pull request.

The first-parent history of the newest deployed sha is numbered once per repository. Every other commit gets the number of the oldest
numbered commit that reaches it, so that most of "reachable from here, not from there" is a range of numbers.
"""

from etl.derive.derivation import Derivation, Fill, Step
from etl.derive.logical_deployments import BEFORE
from store.tables.delivery import deployment_change

GIVEN = Step(
    "d_given",
    """
select distinct p.logical_id from (select distinct deployment_id from deployment_change where given) c
join d_called p on p.name = c.deployment_id
""",
)

SHIP = Step(
    "d_ship",
    """
with target as (
  select distinct on (p.logical_id, p.repo_id) p.logical_id, p.service_id, p.repo_id, p.sha, p.ref, l.first_at,
    p.finished_at, p.default_branch, exists (select from d_given g where g.logical_id = p.logical_id) as given
  from d_part p join d_logical l on l.id = p.logical_id where p.repo_id is not null
  order by p.logical_id, p.repo_id, p.finished_at desc, p.id desc)
select t.*, lag(t.logical_id) over line as before_id, lag(t.sha) over line as before_sha, lag(t.finished_at) over line as before_at,
  exists (select from commit c where c.repo_id = t.repo_id and c.sha = t.sha) as known
from target t window line as (partition by t.service_id, t.repo_id order by t.first_at, t.logical_id)
""",
    kept=True,
)

TARGET = Step(
    "d_target",
    """
select repo_id, sha, max(first_at) as at from d_ship where known and not given group by repo_id, sha
""",
)

# Lateral with offset 0 keeps each step an index lookup, whatever the planner thinks of the size of the history.
MAIN = Step(
    "d_main",
    """
with recursive size as (select repo_id, count(*) as commits from commit where repo_id in (select repo_id from d_target) group by repo_id),
head as (select distinct on (repo_id) repo_id, sha from d_target order by repo_id, at desc, sha),
main as (
  select h.repo_id, h.sha, 0 as number, s.commits from head h join size s using (repo_id)
  union all
  select m.repo_id, c.parent, m.number - 1, m.commits from main m
  cross join lateral (select c.parents[1] as parent from commit c where c.repo_id = m.repo_id and c.sha = m.sha offset 0) c
  where c.parent is not null and -m.number < m.commits)
select repo_id, sha, max(number) as number from main group by repo_id, sha
""",
    indexes=("unique (repo_id, sha)",),
)

TIP = Step(
    "d_tip",
    """
select m.repo_id, p.sha, min(m.number) as number
from d_main m join commit c on c.repo_id = m.repo_id and c.sha = m.sha and cardinality(c.parents) > 1
cross join lateral unnest(c.parents[2:]) p(sha)
where not exists (select from d_main o where o.repo_id = m.repo_id and o.sha = p.sha)
group by m.repo_id, p.sha
""",
    indexes=("unique (repo_id, sha)",),
)

# Below the tip of an older merge everything belongs to that merge or an older one, so the walk ends there.
ENTRY = Step(
    "d_entry",
    """
with recursive side as (
  select repo_id, sha, number from d_tip
  union
  select s.repo_id, p.sha, s.number from side s
  cross join lateral (select unnest(c.parents) as sha from commit c where c.repo_id = s.repo_id and c.sha = s.sha offset 0) p
  where not exists (select from d_main m where m.repo_id = s.repo_id and m.sha = p.sha)
    and not exists (select from d_tip t where t.repo_id = s.repo_id and t.sha = p.sha and t.number < s.number))
select repo_id, sha, number from d_main
union all
select repo_id, sha, min(number) from side group by repo_id, sha
""",
    indexes=("(repo_id, number)", "(repo_id, sha)"),
)

# Deployed shas beside that history carry commits of their own down to where they join it.
OFF = Step(
    "d_off",
    """
with recursive walk as (
  select t.repo_id, t.sha as root, t.sha from d_target t
  where not exists (select from d_main m where m.repo_id = t.repo_id and m.sha = t.sha)
  union
  select w.repo_id, w.root, p.sha from walk w
  cross join lateral (select unnest(c.parents) as sha from commit c where c.repo_id = w.repo_id and c.sha = w.sha offset 0) p
  where not exists (select from d_main m where m.repo_id = w.repo_id and m.sha = p.sha))
select * from walk
""",
    indexes=("(repo_id, root, sha)",),
)

REACH = Step(
    "d_reach",
    """
select t.repo_id, t.sha, m.number from d_target t join d_main m on m.repo_id = t.repo_id and m.sha = t.sha
union all
select o.repo_id, o.root, max(m.number) from d_off o
left join commit c on c.repo_id = o.repo_id and c.sha = o.sha left join d_main m on m.repo_id = o.repo_id and m.sha = any(c.parents)
group by o.repo_id, o.root
""",
)

RANGE = Step(
    "d_range",
    """
select s.*, a.number as upto, b.number as after,
  case when s.given then 'given' when s.before_id is null then 'first'
    when a.sha is null or b.sha is null or (a.number is not null and b.number is null) then 'time' else 'graph' end as changes_by
from d_ship s left join d_reach a on s.known and a.repo_id = s.repo_id and a.sha = s.sha
left join d_reach b on b.repo_id = s.repo_id and b.sha = s.before_sha
""",
    kept=True,
)

SHIPPED_SHA = Step(
    "d_shipped_sha",
    """
select r.logical_id, r.service_id, r.repo_id, e.sha from d_range r
join d_entry e on e.repo_id = r.repo_id and e.number > r.after and e.number <= r.upto
where r.changes_by = 'graph' and not exists (select from d_off o where o.repo_id = r.repo_id and o.root = r.before_sha and o.sha = e.sha)
union
select r.logical_id, r.service_id, r.repo_id, f.sha from d_range r
join d_off f on f.repo_id = r.repo_id and f.root = r.sha left join d_entry e on e.repo_id = f.repo_id and e.sha = f.sha
where r.changes_by = 'graph' and (e.number is null or e.number > r.after)
  and not exists (select from d_off o where o.repo_id = r.repo_id and o.root = r.before_sha and o.sha = f.sha)
union
select r.logical_id, r.service_id, r.repo_id, r.sha from d_range r where r.changes_by = 'first' and r.sha is not null
""",
    kept=True,
)

# By merge commit, else by the pull request's own commits, else by the traces a rebase leaves: same instant and message.
SHA_PR = Step(
    "d_sha_pr",
    """
select distinct on (repo_id, sha) repo_id, sha, pr_id from (
  select p.repo_id, p.merge_commit_sha as sha, p.id as pr_id, 1 as rank, p.is_promotion, p.merged_at from d_pr p
  where p.merged_at is not null and p.merge_commit_sha is not null
  union all
  select p.repo_id, pc.sha, p.id, 2, p.is_promotion, p.merged_at from pr_commit pc join d_pr p on p.id = pc.pr_id where p.merged_at is not null) found
order by repo_id, sha, is_promotion, rank, merged_at, pr_id
""",
    indexes=("(repo_id, sha)",),
)

LONE = Step(
    "d_lone",
    """
select c.repo_id, c.sha, c.authored_at, c.message
from (select distinct repo_id, sha from d_shipped_sha) s join commit c on c.repo_id = s.repo_id and c.sha = s.sha and cardinality(c.parents) = 1
where not exists (select from d_sha_pr m where m.repo_id = s.repo_id and m.sha = s.sha)
""",
)

REBASED = """
insert into d_sha_pr
select distinct on (l.repo_id, l.sha) l.repo_id, l.sha, p.id
from d_lone l join commit o on o.repo_id = l.repo_id and o.authored_at = l.authored_at and o.message = l.message and o.sha <> l.sha
join pr_commit pc on pc.sha = o.sha join d_pr p on p.id = pc.pr_id and p.repo_id = l.repo_id
where p.merged_at is not null and exists (select from d_lone)
order by l.repo_id, l.sha, p.is_promotion, p.merged_at, p.id
"""

BY_TIME = Step(
    "d_by_time",
    """
select r.logical_id, r.service_id, r.repo_id, coalesce(p.merge_commit_sha, 'pr:' || p.id) as sha, p.id as pr_id
from d_range r join d_pr p on p.repo_id = r.repo_id and p.merged_at > r.before_at and p.merged_at <= r.finished_at
where r.changes_by = 'time' and p.base_ref = case when exists (
  select from d_pr b where b.repo_id = r.repo_id and b.base_ref = r.ref) then r.ref else coalesce(r.default_branch, p.base_ref) end
""",
)

# What was merged into a branch ships with the pull request that carries the branch.
SHIPPED = Step(
    "d_shipped",
    """
with recursive direct as (
  select s.logical_id, s.service_id, s.repo_id, s.sha, m.pr_id, false as by_time
  from d_shipped_sha s left join d_sha_pr m on m.repo_id = s.repo_id and m.sha = s.sha
  union all select logical_id, service_id, repo_id, sha, pr_id, true from d_by_time),
carried as (
  select d.logical_id, d.service_id, d.repo_id, d.pr_id, d.by_time
  from direct d join d_range r on r.logical_id = d.logical_id and r.repo_id = d.repo_id and r.changes_by <> 'first' where d.pr_id is not null
  union
  select c.logical_id, c.service_id, c.repo_id, p.id, c.by_time
  from carried c join pr_commit pc on pc.pr_id = c.pr_id join d_pr p on p.repo_id = c.repo_id and p.merge_commit_sha = pc.sha and p.id <> c.pr_id
  where p.merged_at is not null),
every as (
  select * from direct
  union
  select c.logical_id, c.service_id, c.repo_id, p.merge_commit_sha, p.id, c.by_time from carried c join d_pr p on p.id = c.pr_id
  where p.merge_commit_sha is not null)
select e.logical_id, e.service_id, e.repo_id, e.sha, min(e.pr_id) as pr_id, bool_and(e.by_time) as by_time
from every e left join d_pr p on p.id = e.pr_id
where not coalesce(p.is_promotion, false)
  and (not exists (select from service_repository m where m.service_id = e.service_id and m.repo_id = e.repo_id and m.path_prefix <> '')
    or exists (select from service_repository m join pr_file f on f.pr_id = e.pr_id and starts_with(f.path, m.path_prefix)
      where m.service_id = e.service_id and m.repo_id = e.repo_id and m.path_prefix <> ''))
group by e.logical_id, e.service_id, e.repo_id, e.sha
""",
    kept=True,
)

NEW = Step(
    "new_deployment_change",
    """
select logical_id as deployment_id, repo_id, sha, pr_id, by_time as inferred_by_time, false as given from d_shipped
""",
    read_once=True,
)

CARRIED = Step(
    "d_carried",
    """
select logical_id, service_id, repo_id, sha, pr_id, by_time from d_shipped
union
select p.logical_id, p.service_id, c.repo_id, c.sha, c.pr_id, c.inferred_by_time
from deployment_change c join d_called p on p.name = c.deployment_id
left join d_pr q on q.id = c.pr_id where c.given and not coalesce(q.is_promotion, false)
""",
    indexes=("(logical_id)",),
)

COLUMNS = ("deployment_id", "repo_id", "sha", "pr_id", "inferred_by_time", "given")

changes = Derivation(
    "changes",
    (GIVEN, SHIP, TARGET, MAIN, TIP, ENTRY, OFF, REACH, RANGE, SHIPPED_SHA, SHA_PR, LONE, REBASED, BY_TIME, SHIPPED, NEW, CARRIED),
    (Fill(deployment_change, COLUMNS, ours="not t.given", within=f"t.deployment_id {BEFORE}"),),
    part="services",
    reads={"deployment_change": "deployment_id in (select id from d_part union select deployment_id from d_part)"},
)  # fmt: skip
