"""R7, R9, R10 and R12 for pull requests: when what happened, by whom, how large, and with whose help."""

from etl.derive.derivation import Derivation, Step

# The commits of pull requests, joined once for all rules that read them.
COMMIT = Step(
    "d_pr_commit",
    """
select pc.pr_id, pc.sha, pc.position, c.author_id, c.authored_at, c.committed_at, c.message
from pr_commit pc join pull_request p on p.id = pc.pr_id and p.deleted_at is null join commit c on c.repo_id = p.repo_id and c.sha = pc.sha
""",
)

BEGINNER = Step(
    "d_beginner",
    """
select distinct on (c.pr_id) c.pr_id, w.author_type from d_pr_commit c left join identity w on w.id = c.author_id
order by c.pr_id, c.position, c.sha
""",
)

BASE = Step(
    "d_pr_base",
    """
select p.id, p.repo_id, p.number, p.title, coalesce(r.url || '/pull/' || p.number, p.url) as url, p.state, p.is_draft, p.created_as_draft,
  p.created_at, p.merged_at, p.closed_at,
  p.merge_commit_sha, p.base_ref, p.head_ref, p.labels, p.changed_files, p.additions, p.deletions, p.files_truncated, p.last_activity_at,
  p.author_id, p.reverts_pr_id as given_reverts, r.full_name as repo, r.default_branch,
  w.person_id as author_person_id, m.person_id as merger_person_id,
  case when first_author.author_type = 'ai_agent' and coalesce(w.author_type, 'human') <> 'ai_agent' then true else false end as agent_began,
  coalesce(w.author_type, case when lower(p.author_type) = 'bot' or p.author_login ~* x.bot_login then 'bot' else 'human' end) as author_type,
  p.head_ref is not null and p.head_ref <> coalesce(p.base_ref, '') and coalesce(p.head_repo_id, p.repo_id) = p.repo_id
    and (p.head_ref = r.default_branch or p.head_ref ~* x.promotion_head) as is_promotion,
  coalesce(p.body ~* x.ai_hint and (p.body ~* x.ai_trailer or p.body ~* x.ai_footer), false) as says_assisted,
  helper.person_id as requester_id, true as own
from pull_request p cross join d_parameter x
left join repository r on r.id = p.repo_id
left join identity w on w.id = p.author_id
left join identity m on m.id = p.merged_by_id
left join lateral (
  select h.person_id from unnest(p.assignee_ids) with ordinality a(id, place) join identity h on h.id = a.id and h.author_type = 'human'
  order by a.place limit 1) helper on true
left join d_beginner first_author on first_author.pr_id = p.id
where p.deleted_at is null
""",
)

COMMITS = Step(
    "d_pr_commits",
    """
select c.pr_id, min(c.authored_at) as first_at, max(c.authored_at) as last_at, max(c.committed_at) as committed_at,
  bool_or(c.message ~* x.ai_hint and (c.message ~* x.ai_trailer or c.message ~* x.ai_footer)) as assisted
from d_pr_commit c cross join d_parameter x group by c.pr_id
""",
)

# Few paths have most of the changes: each is judged once.
PATH = Step(
    "d_path",
    """
select p.path, p.path ~* x.generated as generated from (select distinct path from pr_file) p cross join d_parameter x
""",
)

FILES = Step(
    "d_pr_files",
    """
select f.pr_id, count(*) as files,
  sum(coalesce(f.additions, 0) + coalesce(f.deletions, 0)) filter (where not (coalesce(f.generated, false) or p.generated)) as lines
from pr_file f join d_path p using (path) group by f.pr_id
""",
)

# In a refresh of a part, also what was merged shortly before and touched the same files.
MERGED_FILE = Step(
    "d_merged_file",
    """
select p.id, p.repo_id, p.merged_at, f.path, coalesce(f.additions, 0) + coalesce(f.deletions, 0) as lines, true as own
from pr_file f join d_path t using (path) join d_pr_base p on p.id = f.pr_id and p.merged_at is not null
where not (coalesce(f.generated, false) or t.generated)
union all
select p.id, p.repo_id, p.merged_at, f.path, 0, false
from d_scope_neighbour n join public.pull_request p using (id) join public.pr_file f on f.pr_id = p.id join d_path t on t.path = f.path
""",
)

# Lines in files that another pull request, merged less than 21 days earlier, touched as well.
EARLY = Step(
    "d_pr_early",
    """
with touched as (
  select id, own, merged_at, lines,
    max(merged_at) over (partition by repo_id, path order by merged_at range between unbounded preceding and interval '1 microsecond' preceding)
      as before_at
  from d_merged_file)
select id as pr_id, coalesce(sum(lines) filter (where merged_at - before_at < interval '504 hours'), 0) as lines from touched where own group by id
""",
)

READY = Step(
    "d_ready",
    """
select p.id as pr_id,
  case when not p.created_as_draft then p.created_at
    else least(coalesce(min(e.at) filter (where e.kind = 'ready_for_review'), p.merged_at), p.merged_at) end as ready_at
from d_pr_base p left join pr_event e on e.pr_id = p.id and p.created_as_draft
group by p.id, p.created_as_draft, p.created_at, p.merged_at
""",
)

# Reviews at or before the end of the pull request, of anybody but the author.
REVIEW = Step(
    "d_review",
    """
with given as (
  select r.id, r.pr_id, r.reviewer_id, r.reviewer_login, r.reviewer_type, r.state, r.submitted_at from review r
  union all
  select e.id, e.pr_id, e.actor_id, e.actor_login, null, 'commented', e.at from pr_event e cross join d_parameter x
  where x.comments_count and e.kind = 'commented')
select r.id, r.pr_id, r.state, r.submitted_at, coalesce(w.person_id, r.reviewer_login) as reviewer,
  coalesce(w.author_type, case when lower(r.reviewer_type) = 'bot' or r.reviewer_login ~* x.bot_login then 'bot' else 'human' end) as reviewer_type
from given r join d_pr_base p on p.id = r.pr_id cross join d_parameter x left join identity w on w.id = r.reviewer_id
where r.submitted_at <= coalesce(p.merged_at, p.closed_at, 'infinity') and w.person_id is distinct from p.author_person_id and r.state <> 'pending'
""",
)

APPROVAL = Step(
    "d_approval",
    """
select a.pr_id, max(a.submitted_at) as approved_at from d_review a
where a.state = 'approved' and a.reviewer_type = 'human' and not exists (
  select from d_review d where d.pr_id = a.pr_id and d.reviewer = a.reviewer and d.state = 'dismissed' and d.submitted_at >= a.submitted_at)
group by a.pr_id
""",
)

# A round is a group of reviews between two pushes; sources tell of forced pushes at best, so the commits' times stand for the others.
ROUND = Step(
    "d_round",
    """
with push as (
  select pr_id, at from pr_event where kind = 'push'
  union all
  select pr_id, committed_at from d_pr_commit),
mixed as (
  select pr_id, at, true as is_push from push where pr_id in (select pr_id from d_review)
  union all select pr_id, submitted_at, false from d_review where reviewer_type = 'human'),
counted as (
  select pr_id, is_push, count(*) filter (where is_push) over (partition by pr_id order by at, is_push rows unbounded preceding) as pushes from mixed)
select pr_id, count(distinct pushes) filter (where not is_push) as rounds, count(*) filter (where not is_push) as reviews from counted group by pr_id
""",
)

REVIEWED = Step(
    "d_reviewed",
    """
select pr_id, min(submitted_at) filter (where reviewer_type = 'human') as first_at, max(submitted_at) filter (where reviewer_type = 'human') as last_at,
  bool_and(reviewer_type <> 'human') as machines_only, bool_or(reviewer_type <> 'human') as machines
from d_review group by pr_id
""",
)

ACTIVITY = Step(
    "d_activity",
    """
select e.pr_id, max(e.at) as at from pr_event e join identity w on w.id = e.actor_id and w.author_type = 'human' group by e.pr_id
""",
)

DETAIL = Step(
    "d_pr_detail",
    """
select p.id, case when p.agent_began or p.author_type = 'ai_agent' then 'agent'
    when coalesce(c.assisted, false) or p.says_assisted
      or (m.message ~* x.ai_hint and (m.message ~* x.ai_trailer or m.message ~* x.ai_footer))
      or exists (select from d_word w, unnest(p.labels) l where w.kind = 'ai_label' and w.word = pg_temp.folded(l)) then 'assisted'
    else 'none' end as ai_level,
  greatest(least(p.created_at, c.first_at), p.created_at - interval '60 days') as first_commit_at, c.last_at as last_commit_at, t.ready_at,
  case when v.first_at is not null then greatest(v.first_at, t.ready_at) end as first_review_at, a.approved_at, v.first_at is not null as reviewed,
  coalesce(v.machines_only, false) as machines_only, n.rounds, n.reviews,
  size.lines::int as size_lines, size.missing as files_missing, case when not size.missing then coalesce(e.lines, 0)::int end as early_lines,
  greatest(p.created_at, p.last_activity_at, v.last_at, h.at, case when p.author_type = 'human' then c.committed_at end) as last_human_activity_at
from d_pr_base p cross join d_parameter x
left join d_pr_commits c on c.pr_id = p.id left join d_ready t on t.pr_id = p.id left join d_reviewed v on v.pr_id = p.id
left join d_approval a on a.pr_id = p.id left join d_round n on n.pr_id = p.id left join d_activity h on h.pr_id = p.id
left join d_pr_files f on f.pr_id = p.id left join d_pr_early e on e.pr_id = p.id left join commit m on m.repo_id = p.repo_id and m.sha = p.merge_commit_sha
cross join lateral (
  select case when listed.complete then coalesce(f.lines, 0) else p.additions + p.deletions end as lines, not listed.complete as missing
  from (select not p.files_truncated and coalesce(f.files, 0) >= coalesce(p.changed_files, 1) as complete) listed) size
""",
)

TEAM = Step(
    "d_pr",
    """
select p.*, d.ai_level, d.first_commit_at, d.last_commit_at, d.ready_at, d.first_review_at, d.approved_at, d.reviewed, d.machines_only, d.rounds, d.reviews,
  d.size_lines, d.early_lines, d.files_missing, d.last_human_activity_at, t.team,
  case when d.size_lines < 10 then 'XS' when d.size_lines < 50 then 'S' when d.size_lines < 200 then 'M' when d.size_lines < 500 then 'L'
    when d.size_lines < 1000 then 'XL' when d.size_lines >= 1000 then 'XXL' end as size_bucket
from d_pr_base p join d_pr_detail d using (id) cross join d_config c
left join primary_team t on t.person_id = case when p.author_type = 'ai_agent' then p.requester_id else p.author_person_id end
  and t.from_at <= coalesce(p.merged_at, c.as_at) and coalesce(p.merged_at, c.as_at) < t.to_at
""",
    kept=True,
)


# For a refresh of a part: the others of the repositories whose deployments are derived, as they were derived last.
STORED = """
insert into d_pr (id, repo_id, number, title, url, state, created_at, merged_at, closed_at, merge_commit_sha, base_ref, head_ref, labels, repo,
  default_branch, author_person_id, author_type, is_promotion, ai_level, first_commit_at, last_commit_at, team, size_bucket, own)
select p.id, p.repo_id, p.number, p.title, f.url, p.state, p.created_at, p.merged_at, p.closed_at, p.merge_commit_sha, p.base_ref, p.head_ref, p.labels,
  f.repo, r.default_branch, f.author_person_id, f.author_type, f.is_promotion, f.ai_level, f.first_commit_at, f.last_commit_at, f.team, f.size_bucket,
  false
from pull_request p join fact_pull_request f on f.id = p.id left join repository r on r.id = p.repo_id
where p.deleted_at is null and p.repo_id in (select id from d_scope_repository) and not exists (select from d_pr o where o.id = p.id)
"""

OWN = "id in (select id from d_scope_pull)"
OF_PULL = "pr_id in (select id from d_scope_pull)"

pull_request_commits = Derivation("pull_request_commits", (COMMIT,), part="pulls", reads={"pull_request": OWN, "pr_commit": OF_PULL})
pull_requests = Derivation(
    "pull_requests",
    (BEGINNER, BASE, COMMITS, PATH, FILES, MERGED_FILE, EARLY, READY, REVIEW, APPROVAL, ROUND, REVIEWED, ACTIVITY, DETAIL, TEAM),
    part="pulls",
    reads={"pull_request": OWN, "pr_file": OF_PULL, "pr_event": OF_PULL, "review": OF_PULL},
)
