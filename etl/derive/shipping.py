"""R4, continued: a change counts once per service, at its first production deployment that is not a rollback."""

from etl.derive.derivation import Derivation, Fill, Step
from etl.derive.logical_deployments import BEFORE
from store.tables.facts import fact_change

FIRST = Step(
    "d_first",
    """
select distinct on (k.service_id, coalesce(c.pr_id, c.repo_id || '@' || c.sha)) k.service_id, c.pr_id, c.repo_id, c.sha, k.id as deployment_id,
  coalesce(c.pr_id, c.repo_id || '@' || c.sha) as change_id, k.first_at, k.finished_at, k.kind, k.environment, k.source, k.service
from d_carried c join d_kind k on k.id = c.logical_id where k.kind <> 'rollback'
order by k.service_id, coalesce(c.pr_id, c.repo_id || '@' || c.sha), k.first_at, k.id, c.sha
""",
    indexes=("(deployment_id)",),
)

# Merge commits of no pull request change nothing themselves.
DIRECT = Step(
    "d_direct",
    """
select f.change_id, f.service_id, c.authored_at, c.committed_at, split_part(c.message, E'\\n', 1) as title, r.full_name as repo, r.default_branch, r.url,
  coalesce(w.author_type, case when c.author_login ~* x.bot_login then 'bot' else 'human' end) as author_type, t.team,
  case when w.author_type = 'ai_agent' then 'agent' when c.message ~* x.ai_trailer or c.message ~* x.ai_footer then 'assisted' else 'none' end as ai_level
from d_first f join commit c on c.repo_id = f.repo_id and c.sha = f.sha and cardinality(c.parents) < 2 cross join d_parameter x
left join repository r on r.id = c.repo_id left join identity w on w.id = c.author_id
left join primary_team t on t.person_id = w.person_id and t.from_at <= c.committed_at and c.committed_at < t.to_at
where f.pr_id is null
""",
)

FACT = Step(
    "new_fact_change",
    """
select f.service_id || '|' || f.change_id as id, f.pr_id, f.sha, f.deployment_id, f.service, o.key as owner_team, coalesce(p.repo, d.repo) as repo,
  f.environment, f.source, f.kind, coalesce(p.team, d.team) as team, coalesce(p.author_type, d.author_type) as author_type,
  coalesce(p.ai_level, d.ai_level) as ai_level, p.size_bucket, coalesce(p.base_ref, d.default_branch) as base_branch,
  coalesce(p.labels, '{}'::text[]) as labels, coalesce(p.first_commit_at, d.authored_at) as first_commit_at,
  coalesce(p.last_commit_at, d.authored_at) as last_commit_at, coalesce(p.created_at, d.authored_at) as created_at,
  coalesce(p.merged_at, d.committed_at) as merged_at, f.finished_at as deployed_at,
  row_number() over (partition by f.change_id order by f.finished_at, f.deployment_id, f.service_id) = 1 as is_first,
  coalesce(p.title, d.title) as title, coalesce(p.url, d.url || '/commit/' || f.sha) as url, p.number
from d_first f left join d_pr p on p.id = f.pr_id left join d_direct d on d.change_id = f.change_id and d.service_id = f.service_id
left join service s on s.id = f.service_id left join team o on o.id = s.owner_team_id
where p.id is not null or d.change_id is not null
""",
    read_once=True,
)

shipping = Derivation(
    "shipping",
    (FIRST, DIRECT, FACT),
    (Fill(fact_change, within=f"t.deployment_id {BEFORE}"),),
    part="services",
)
