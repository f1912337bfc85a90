"""What a refresh of a part is about: from the rows that were touched to every issue, pull request and service whose facts may differ."""

from collections.abc import Mapping
from dataclasses import dataclass

from etl.derive.derivation import Step

BEGIN = """
create temp table d_touched on commit drop as
with taken as (delete from touched returning kind, key, part) select distinct kind, key, part from taken;
create temp table d_scope (kind text, key text, part text) on commit drop
"""
"""What was touched, and what the refresh is about, which is known bit by bit."""


def _ids(kind: str) -> Step:
    return Step(f"d_scope_{kind}", f"select key as id from d_scope where kind = '{kind}'")


def _pairs(kind: str, key: str, part: str) -> Step:
    return Step(f"d_scope_{kind}", f"select key as {key}, part as {part} from d_scope where kind = '{kind}'")


KNOWN = (
    *map(_ids, ("issue", "sprint", "told", "pull", "neighbour", "target", "repaired", "ships", "place", "service", "repository", "deployment", "logical")),
    _ids("incident"), _pairs("hit", "incident_id", "service_id"), _pairs("names", "issue_id", "pr_id"), _pairs("commit", "repo_id", "sha"),
)  # fmt: skip
"""What the steps below and the derivations ask for. `told` pull requests were touched themselves; `names` are issues and the pull requests that
name them; `repaired` issues had a touched repair; `ships`: what may move deployments; `place` is a repository where something about deployments
was touched; `hit` are incidents, before and after, each with the service it hits and the one whose deployment it is laid to; `logical` are
deployments as derived last."""

# An epic lends its class, team and initiative to what is below it, and is needed whenever that is derived. Here and below, lateral with offset 0
# keeps a step an index lookup, whatever the planner thinks of how far a recursion goes.
ISSUE = Step(
    "d_about_issue",
    """
with recursive told as (
  select key as id from d_touched where kind = 'issue'
  union select s.issue_id from d_touched t join sprint_issue s on s.sprint_id = t.key where t.kind = 'sprint'),
named as (
  select i.site, i.key from told join issue i using (id)
  union select i.site, f.key from told join issue i using (id) join fact_issue f using (id)
  union select i.site, c.old from told join issue i using (id) join issue_field_change c on c.issue_id = i.id and c.field = 'key'),
below as (
  select c.id from told t join issue c on c.epic_id = t.id
  union select c.id from told t join issue c on c.parent_id = t.id
  union select c.id from named n cross join lateral (select c.id from issue c where c.epic_key = n.key and c.site = n.site offset 0) c),
up as (
  select id from told union select id from below
  union
  select a.id from up u cross join lateral (select i.site, i.epic_id, i.parent_id, i.epic_key from issue i where i.id = u.id offset 0) i
  cross join lateral (
    select i.epic_id as id union all select i.parent_id union all select n.issue_id from issue_called n where n.site = i.site and n.key = i.epic_key) a
  where a.id is not null)
select id from up
""",
)

SPRINT = Step(
    "d_about_sprint",
    """
select key as id from d_touched where kind = 'sprint'
union select si.sprint_id from d_scope_issue s join sprint_issue si on si.issue_id = s.id
union select x.sprint_id from d_scope_issue s join fact_sprint_issue x on x.issue_id = s.id
""",
)

HIT_BEFORE = Step(
    "d_hit_before",
    """
with told as (select 'incident:' || id as id from d_scope_issue union select key from d_touched where kind = 'incident')
select t.id, i.service_id from told t join incident i using (id)
union select t.id, d.service_id from told t join fact_incident f using (id) left join fact_deployment d on d.id = f.link_deployment_id
""",
)

HIT_NOW = Step(
    "d_hit_now",
    """
with told as (select 'incident:' || id as id from d_scope_issue union select key from d_touched where kind = 'incident')
select t.id, i.service_id from told t join incident i using (id)
""",
)

TOLD_PULL = Step(
    "d_told_pull",
    """
select key as id from d_touched where kind = 'pull'
union select p.id from d_touched t join pr_commit c on c.sha = t.part join pull_request p on p.id = c.pr_id and p.repo_id = t.key where t.kind = 'commit'
union select p.id from d_touched t join pull_request p on p.merge_commit_sha = t.part and p.repo_id = t.key where t.kind = 'commit'
""",
)

NAMES_ISSUE = Step(
    "d_names_issue",
    """
with named as (
  select i.id, i.key, case when i.source = 'github' then lower(i.key) else i.key end as spelled from d_scope_issue join issue i using (id)
  union all
  select i.id, i.key, n.name || '#' || split_part(i.key, '#', 2) from d_scope_issue join issue i using (id)
  join former_repository_name n on n.repo_id = replace(i.project_id, ':project:', ':repo:') where i.source = 'github'
  union all
  select i.id, i.key, c.old from d_scope_issue join issue i using (id) join issue_field_change c on c.issue_id = i.id and c.field = 'key')
select s.id as issue_id, l.pr_id from d_scope_issue s join issue_pr l on l.issue_id = s.id
union select n.id, l.pr_id from named n join issue o on o.key = n.key join issue_pr l on l.issue_id = o.id
union select n.id, m.pr_id from named n join pr_mention m on m.key = n.spelled
""",
)

# Beside what was touched: what names a touched issue, what goes by the same branch, and what takes a touched one back. Files that were changed
# shortly before count as early rework: merged pull requests matter for three weeks after them as well.
PULL = Step(
    "d_about_pull",
    """
select id from d_told_pull
union select pr_id from d_names_issue
union select o.id from d_told_pull t join pull_request p using (id) join pull_request o on o.repo_id = p.repo_id and o.head_ref = p.head_ref
union select f.id from d_told_pull t join fact_pull_request f on f.reverts_pr_id = t.id
union select m.pr_id from d_told_pull t join pr_revert m on m.given_reverts = t.id
union select m.pr_id from d_told_pull t join pull_request p using (id) join repository_called n on n.repo_id = p.repo_id join pr_revert m on m.number = p.number
  where case when m.repo is null then m.repo_id = p.repo_id else m.repo = n.name end
union select m.pr_id from d_told_pull t join pull_request p using (id) join pr_revert m on m.repo_id = p.repo_id
  where starts_with(p.merge_commit_sha, m.sha) or exists (select from pr_commit c where c.pr_id = p.id and starts_with(c.sha, m.sha))
union select o.id from (
  select p.repo_id, v.at from d_told_pull t join pull_request p using (id) left join fact_pull_request f using (id)
  cross join lateral (select p.merged_at as at union select f.merged_at) v where v.at is not null) m
join pull_request o on o.repo_id = m.repo_id and o.merged_at > m.at and o.merged_at < m.at + interval '504 hours'
""",
)

COMMIT = Step(
    "d_about_commit",
    """
select key as repo_id, part as sha from d_touched where kind = 'commit'
union select p.repo_id, p.merge_commit_sha from d_scope_pull s join pull_request p using (id) where p.merge_commit_sha is not null
union select substring(a.id from '^commit (.*) [^ ]+$'), substring(a.id from '[^ ]+$')
  from d_scope_pull s join fact_activity a on a.pr_id = s.id where a.kind = 'commit'
""",
)

CLAIMANT = Step(
    "d_claimant",
    """
select distinct p.id from d_about_commit c join pull_request p on p.merge_commit_sha = c.sha and p.repo_id = c.repo_id
where not exists (select from d_scope_pull s where s.id = p.id)
""",
)

# What is merged looks back as far.
NEIGHBOUR = Step(
    "d_neighbour",
    """
select distinct o.id from d_scope_pull s join pull_request p using (id)
join pull_request o on o.repo_id = p.repo_id and o.merged_at < p.merged_at and o.merged_at > p.merged_at - interval '504 hours' and o.deleted_at is null
where not exists (select from d_scope_pull k where k.id = o.id)
""",
)

TARGET = Step(
    "d_target_before",
    """
select distinct f.reverts_pr_id as id from d_scope_pull s join fact_pull_request f using (id) where f.reverts_pr_id is not null
""",
)

# What a repair takes back tells which deployment its incident is laid to.
REPAIRED = Step(
    "d_repaired_before",
    """
select distinct l.issue_id as id from d_scope_pull s join issue_pr l on l.pr_id = s.id left join fact_pull_request f on f.id = s.id
where f.reverts_pr_id is not null or s.id in (select id from d_scope_told)
""",
)


def noted(steps: Mapping[str, Step], columns: str = "id, null") -> str:
    """A query for rows of `d_scope`: a kind for each step."""
    return " union all ".join(f"select '{kind}', {columns} from {step.name}" for kind, step in steps.items())


@dataclass(frozen=True)
class Stage:
    """Steps that tell more of what a refresh is about, in rounds that each put rows into `d_scope` for the next."""

    rounds: tuple[tuple[tuple[Step, ...], str], ...]
    concerned: str
    """Whether there is anything to derive, now that this is known."""
    counted: tuple[str, ...]
    """The kinds of rows that tell how much it is."""


ISSUES = Stage(
    (
        ((ISSUE,), noted({"issue": ISSUE})),
        ((SPRINT, HIT_BEFORE), f"{noted({'sprint': SPRINT})} union all {noted({'hit': HIT_BEFORE}, 'id, service_id')}"),
    ),
    "exists (select from d_scope where kind in ('issue', 'sprint'))",
    ("issue", "sprint"),
)
"""Which issues; before they are derived."""

PULLS = Stage(
    (
        (
            (HIT_NOW, TOLD_PULL, NAMES_ISSUE, PULL),
            " union all ".join((
                noted({"told": TOLD_PULL, "pull": PULL}), noted({"hit": HIT_NOW}, "id, service_id"), noted({"names": NAMES_ISSUE}, "issue_id, pr_id"),
            )),
        ),
        ((COMMIT, CLAIMANT), f"{noted({'commit': COMMIT}, 'repo_id, sha')} union all {noted({'pull': CLAIMANT})}"),
        ((NEIGHBOUR, TARGET, REPAIRED), noted({"neighbour": NEIGHBOUR, "target": TARGET, "repaired": REPAIRED})),
    ),
    "exists (select from d_scope where kind in ('pull', 'hit')) or exists (select from d_touched where kind not in ('issue', 'sprint'))",
    ("pull", "commit"),
)  # fmt: skip
"""Which pull requests; before they are derived and after the issues."""

MANY = 20_000
"""From so many touched rows on, deriving everything costs less than telling the part apart."""

WHOLE = f"select count(*) > {MANY} or coalesce(bool_or(kind = 'all'), false) from d_touched"
