"""One fact per pull request: the instants of R7 with team, service, size, reverts and work class."""

from etl.derive.derivation import Amendment, Derivation, Fill, Step
from store.tables.facts import fact_change, fact_pull_request

# A pull request of a monorepo belongs to the service most of its files lie in.
SERVICE = Step(
    "d_pr_service",
    """
select distinct on (p.id) p.id as pr_id, s.key as service, t.key as owner_team
from d_pr p join service_repository m on m.repo_id = p.repo_id join service s on s.id = m.service_id left join team t on t.id = s.owner_team_id
left join lateral (
  select count(*) as files from pr_file f where m.path_prefix <> '' and f.pr_id = p.id and starts_with(f.path, m.path_prefix)) n on true
where p.own and (m.path_prefix = '' or n.files > 0)
order by p.id, n.files desc, length(m.path_prefix) desc, s.key
""",
)

WORK = Step(
    "d_pr_work",
    """
select l.pr_id, (array_agg(f.work_class order by array_position(array['development', 'closing_keyword', 'branch', 'title', 'commit'], l.link_kind), f.key))[1]
  as work_class
from issue_pr l join fact_issue f on f.id = l.issue_id group by l.pr_id
""",
)

BRANCH = Step(
    "d_branch_merged",
    """
select repo_id, head_ref, max(merged_at) as merged_at from d_pr where merged_at is not null group by repo_id, head_ref
""",
)

# Read from the filled table: a refresh of a part derives the changes of some services only.
DEPLOYED = Step(
    "d_pr_deployed",
    """
select pr_id, min(deployed_at) as deployed_at from fact_change where pr_id is not null group by pr_id
""",
)

FACT = Step(
    "new_fact_pull_request",
    """
select p.id, p.repo_id, p.repo, s.service, s.owner_team, p.team, p.number, p.title, p.url, p.state, p.is_draft, p.is_promotion, p.author_id,
  p.author_person_id, p.author_type, p.ai_level, p.size_bucket, p.base_ref as base_branch, p.labels, w.work_class, p.created_at,
  p.first_commit_at, p.last_commit_at, p.ready_at, p.first_review_at, p.approved_at as last_approval_at, p.merged_at, p.closed_at, d.deployed_at,
  p.last_human_activity_at, p.size_lines, p.early_lines,
  p.changed_files, p.files_missing, case when p.reviewed then p.rounds::int end as review_rounds, coalesce(p.reviews, 0)::int as reviews,
  p.reviewed as reviewed_before_merge, p.approved_at is not null as approved_before_merge,
  coalesce(p.merger_person_id = p.author_person_id, false) as self_merged, p.machines_only as ai_reviewed_only,
  r.reverts as reverts_pr_id, u.by_pr_id as reverted_by_pr_id, u.merged_at as reverted_at,
  exists (select from pr_revert m where m.pr_id = p.id) as is_revert, exists (select from issue_pr l where l.pr_id = p.id) as has_issue_link,
  p.merged_at is null and p.closed_at is not null and coalesce(b.merged_at > p.created_at, false) as is_superseded
from d_pr p left join d_pr_service s on s.pr_id = p.id left join d_pr_work w on w.pr_id = p.id
left join d_branch_merged b on b.repo_id = p.repo_id and b.head_ref = p.head_ref
left join d_pr_deployed d on d.pr_id = p.id
left join d_revert r on r.pr_id = p.id left join d_reverted u on u.pr_id = p.id
where p.own
""",
    read_once=True,
)

# What else may have changed about pull requests that are not derived anew: when they were deployed, and whether they were taken back.
DEPLOYED_SINCE = Step(
    "d_deployed_since",
    """
select n.id, d.deployed_at from d_pr n join fact_pull_request p on p.id = n.id
cross join lateral (select min(c.deployed_at) as deployed_at from fact_change c where c.pr_id = n.id) d
where not n.own and n.repo_id in (select id from d_scope_repository) and p.deployed_at is distinct from d.deployed_at
""",
)

# What deployments do not depend on, only show.
SHOWN = Step(
    "d_shown_since",
    """
select c.id, p.team, p.author_type, p.ai_level, p.size_bucket, p.labels, p.first_commit_at, p.last_commit_at, p.created_at, p.title, p.url
from d_pr p join fact_change c on c.pr_id = p.id
where p.own and row(c.team, c.author_type, c.ai_level, c.size_bucket, c.labels, c.first_commit_at, c.last_commit_at, c.created_at, c.title, c.url)
  is distinct from row(p.team, p.author_type, p.ai_level, p.size_bucket, p.labels, p.first_commit_at, p.last_commit_at, p.created_at, p.title, p.url)
""",
)
SHOWN_COLUMNS = (
    "team", "author_type", "ai_level", "size_bucket", "labels", "first_commit_at", "last_commit_at", "created_at", "title", "url",
)  # fmt: skip

TAKEN_BACK = Step(
    "d_taken_back_since",
    """
select o.id, u.id as reverted_by_pr_id, u.merged_at as reverted_at
from (select id from d_scope_pull union select id from d_scope_target union select reverts from d_revert) t join fact_pull_request o on o.id = t.id
left join lateral (
  select r.id, r.merged_at from fact_pull_request r where r.reverts_pr_id = o.id and r.merged_at > o.merged_at order by r.merged_at, r.id limit 1) u on true
where row(o.reverted_by_pr_id, o.reverted_at) is distinct from row(u.id, u.merged_at)
""",
)

pull_request_facts = Derivation(
    "pull_request_facts",
    (SERVICE, WORK, BRANCH, DEPLOYED, FACT),
    (Fill(fact_pull_request, within="t.id in (select id from d_scope_pull)"),),
    part="after",
    reads={"issue_pr": "pr_id in (select id from d_scope_pull)", "fact_change": "pr_id in (select id from d_scope_pull)"},
    last=(
        Amendment(fact_change, SHOWN, SHOWN_COLUMNS),
        Amendment(fact_pull_request, DEPLOYED_SINCE, ("deployed_at",)),
        Amendment(fact_pull_request, TAKEN_BACK, ("reverted_by_pr_id", "reverted_at")),
    ),
)
