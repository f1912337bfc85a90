"""Which pull request takes back which: by branch `revert-<n>-…`, `Reverts owner/repo#n`, or `This reverts commit <sha>`."""

from etl.derive.derivation import Derivation, Fill, Step
from store.tables.code import pr_revert

MENTION = Step(
    "d_revert_mention",
    """
with by_commit as (
  select c.pr_id, lower(substring(c.message from '(?i)' || x.revert_commit)) as sha
  from d_pr_commit c cross join d_parameter x where c.message ~* x.revert_commit)
select p.id as pr_id, p.repo_id, p.reverts_pr_id as given_reverts, lower(b[1]) as repo,
  coalesce(b[2], substring(p.head_ref from x.revert_ref))::bigint as number,
  coalesce(lower(substring(p.body from '(?i)' || x.revert_commit)), substring(lower(p.head_ref) from x.revert_sha_ref),
    (select min(c.sha) from by_commit c where c.pr_id = p.id)) as sha
from pull_request p cross join d_parameter x left join lateral regexp_match(p.body, x.revert_body, 'i') b on true
where p.deleted_at is null and (p.reverts_pr_id is not null or p.head_ref ~ x.revert_ref or lower(p.head_ref) ~ x.revert_sha_ref or p.body ~* x.revert_body
  or p.body ~* x.revert_commit or exists (select from by_commit c where c.pr_id = p.id))
""",
)

NEW = Step("new_pr_revert", "select pr_id, repo_id, given_reverts, repo, number, sha from d_revert_mention")

# A whole sha is looked up; a part of one is compared with those of the repository.
REVERT = Step(
    "d_revert",
    """
with named as (
  select m.pr_id, m.repo_id, m.number from d_revert_mention m where m.number is not null and m.repo is null
  union all
  select m.pr_id, n.repo_id, m.number from d_revert_mention m join repository_called n on n.name = m.repo where m.number is not null),
told as (select pr_id, repo_id, sha, length(sha) = 40 as whole from d_revert_mention where sha is not null),
found as (
  select m.pr_id, m.given_reverts as reverts, 1 as rank from d_revert_mention m
  union all
  select n.pr_id, p.id, 2 from named n join public.pull_request p on p.repo_id = n.repo_id and p.number = n.number
  union all
  select t.pr_id, p.id, 3 from told t join public.pull_request p on p.merge_commit_sha = t.sha and p.repo_id = t.repo_id where t.whole
  union all
  select t.pr_id, p.id, 3 from told t join public.pull_request p on p.repo_id = t.repo_id and starts_with(p.merge_commit_sha, t.sha) where not t.whole
  union all
  select t.pr_id, p.id, 4 from told t join pr_commit c on c.sha = t.sha join public.pull_request p on p.id = c.pr_id and p.repo_id = t.repo_id where t.whole
  union all
  select t.pr_id, p.id, 4 from told t join public.pull_request p on p.repo_id = t.repo_id join pr_commit c on c.pr_id = p.id and starts_with(c.sha, t.sha)
  where not t.whole)
select distinct on (f.pr_id) f.pr_id, f.reverts from found f join public.pull_request p on p.id = f.reverts and p.deleted_at is null
where f.reverts <> f.pr_id order by f.pr_id, f.rank, f.reverts
""",
    kept=True,
)

REVERTED = Step(
    "d_reverted",
    """
select distinct on (o.id) o.id as pr_id, p.id as by_pr_id, p.merged_at
from d_revert r join public.pull_request p on p.id = r.pr_id join public.pull_request o on o.id = r.reverts and o.deleted_at is null
where p.merged_at is not null and o.merged_at is not null and p.merged_at > o.merged_at
order by o.id, p.merged_at, p.id
""",
)

reverts = Derivation(
    "reverts",
    (MENTION, NEW, REVERT, REVERTED),
    (Fill(pr_revert, within="t.pr_id in (select id from d_scope_pull)"),),
    part="pulls",
    reads={"pull_request": "id in (select id from d_scope_pull)"},
)
