"""R13: which pull requests belong to which issues, by keys in branch, title and commits, and by closing keywords."""

from etl.derive.derivation import Derivation, Fill, Step
from store.tables.code import issue_pr, pr_mention

MENTION = Step(
    "d_mention",
    """
with text as (
  select id as pr_id, 'branch' as link_kind, head_ref as content from pull_request where deleted_at is null and head_ref is not null
  union all select id, 'title', title from pull_request where deleted_at is null and title is not null
  union all select pr_id, 'commit', message from d_pr_commit where message is not null
  union all select p.id, 'commit', c.message from pull_request p join commit c on c.repo_id = p.repo_id and c.sha = p.merge_commit_sha
    where p.deleted_at is null)
select distinct t.pr_id, t.link_kind, upper(m[1]) as key
from text t cross join d_parameter p cross join lateral regexp_matches(t.content, p.issue_key, 'gi') m
where t.content ~ '-[0-9]'
""",
)

CLOSING = Step(
    "d_closing",
    """
select p.id as pr_id, lower(coalesce(m[1], r.full_name)) as repo, m[2] as number
from pull_request p join repository r on r.id = p.repo_id cross join d_parameter x cross join lateral regexp_matches(p.body, x.closing, 'gi') m
where p.deleted_at is null and (p.body like '%#%' or p.body like '%/issues/%')
""",
)

LINK = Step(
    "new_issue_pr",
    """
with found as (
  select n.issue_id, m.pr_id, m.link_kind from d_mention m join issue_called n on n.key = m.key
  union
  select i.id, c.pr_id, 'closing_keyword' from d_closing c join repository_called n on n.name = c.repo join repository r on r.id = n.repo_id
  join issue i on i.source = 'github' and i.key = r.full_name || '#' || c.number and i.deleted_at is null
  union
  select l.issue_id, l.pr_id, l.link_kind from issue_pr l where l.link_kind = 'development')
select distinct on (issue_id, pr_id) issue_id, pr_id, link_kind from found
order by issue_id, pr_id, array_position(array['development', 'closing_keyword', 'branch', 'title', 'commit'], link_kind)
""",
)

# An issue that comes later than the words about it is found by these.
UNKNOWN = Step(
    "new_pr_mention",
    """
select m.pr_id, m.link_kind, m.key from d_mention m
where not exists (select from issue_called n where n.key = m.key)
union
select c.pr_id, 'closing_keyword', c.repo || '#' || c.number from d_closing c
where not exists (
  select from repository_called n join repository r on r.id = n.repo_id join issue i on i.key = r.full_name || '#' || c.number
  where n.name = c.repo and i.source = 'github' and i.deleted_at is null)
""",
)

OF_PULL = "pr_id in (select id from d_scope_pull)"

links = Derivation(
    "links",
    (MENTION, CLOSING, LINK, UNKNOWN),
    (Fill(issue_pr, within=OF_PULL), Fill(pr_mention, within=OF_PULL)),
    part="pulls",
    reads={"pull_request": "id in (select id from d_scope_pull)", "issue_pr": OF_PULL},
)
