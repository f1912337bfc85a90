"""Which pull request takes back which: by branch `revert-<n>-…`, `Reverts owner/repo#n`, or `This reverts commit <sha>`."""

from etl.derive.derivation import Derivation, Fill
from etl.derive.pull_requests import stored
from store.tables.code import pr_revert

MENTION = """
create temp table d_revert_mention on commit drop as
with by_commit as (
  select c.pr_id, lower(substring(c.message from '(?i)' || x.revert_commit)) as sha
  from d_pr_commit c cross join d_parameter x where c.message ~* x.revert_commit)
select p.id as pr_id, p.repo_id, p.given_reverts, lower(b[1]) as repo, coalesce(b[2], substring(p.head_ref from x.revert_ref))::bigint as number,
  coalesce(lower(substring(p.body from '(?i)' || x.revert_commit)), substring(lower(p.head_ref) from x.revert_sha_ref),
    (select min(c.sha) from by_commit c where c.pr_id = p.id)) as sha
from d_pr p cross join d_parameter x left join lateral regexp_match(p.body, x.revert_body, 'i') b on true
where p.own and (p.given_reverts is not null or p.head_ref ~ x.revert_ref or lower(p.head_ref) ~ x.revert_sha_ref or p.body ~* x.revert_body
  or p.body ~* x.revert_commit or exists (select from by_commit c where c.pr_id = p.id))
"""

NEW = """
create temp table new_pr_revert on commit drop as select pr_id, repo_id, given_reverts, repo, number, sha from d_revert_mention
"""

NAMED = stored(
    """p.id in (select given_reverts from d_revert_mention) or p.repo_id in (select repo_id from d_revert_mention)
    or p.repo_id in (select n.id from d_revert_mention m join repository n on lower(n.full_name) = m.repo)"""
)

REVERT = """
create temp table d_revert on commit drop as
select distinct on (pr_id) pr_id, reverts from (
  select m.pr_id, p.id as reverts, 1 as rank from d_revert_mention m join d_pr p on p.id = m.given_reverts
  union all
  select m.pr_id, p.id, 2 from d_revert_mention m join d_pr p on p.number = m.number
    and case when m.repo is null then p.repo_id = m.repo_id else lower(p.repo) = m.repo end
  union all
  select m.pr_id, p.id, 3 from d_revert_mention m join d_pr p on p.repo_id = m.repo_id and starts_with(p.merge_commit_sha, m.sha)
  union all
  select m.pr_id, p.id, 4 from d_revert_mention m join d_pr p on p.repo_id = m.repo_id join pr_commit pc on pc.pr_id = p.id and starts_with(pc.sha, m.sha)
) found
where reverts <> pr_id order by pr_id, rank, reverts
"""

REVERTED = """
create temp table d_reverted on commit drop as
select distinct on (o.id) o.id as pr_id, p.id as by_pr_id, p.merged_at
from d_revert r join d_pr p on p.id = r.pr_id join d_pr o on o.id = r.reverts
where p.merged_at is not null and o.merged_at is not null and p.merged_at > o.merged_at
order by o.id, p.merged_at, p.id
"""

revert_mentions = Derivation(
    "revert_mentions",
    (MENTION, NEW),
    (Fill(pr_revert, within="t.pr_id in (select id from d_scope_pull)"),),
    part="pulls",
    last=(NAMED,),
)
reverts = Derivation("reverts", (REVERT, "analyze d_revert", REVERTED), part="pulls")
