"""R6: which deployment an incident is laid to: a person's word, what the source names, the change its repair took back, the last one before it."""

from etl.derive.derivation import Derivation, Fill, Step
from store.tables.facts import fact_incident

NAMED = Step(
    "d_named",
    r"""
select i.id as incident_id, i.service_id, i.started_at, i.caused_by_deployment_id, i.caused_by_ref,
  coalesce(bearer.name, told.repo) as repo,
  substring(i.caused_by_ref from '(?:#|/pull/)([0-9]+)')::bigint as number,
  lower(substring(i.caused_by_ref from '(?:^|/commit/|@)([0-9a-fA-F]{7,40})$')) as sha,
  coalesce(substring(i.caused_by_ref from '/releases/tag/([^/\s]+)$'), i.caused_by_ref) as tag,
  coalesce(project.repo, own.repo) as home
from incident i
cross join lateral (
  select lower(substring(i.caused_by_ref from '([\w.-]+/[\w.-]+)(?:#|/pull/|/commit/|/releases/|/deployments/)')) as repo) told
left join lateral (
  select lower(r.full_name) as name from repository_called n join repository r on r.id = n.repo_id where n.name = told.repo limit 1) bearer on true
left join lateral (select lower(f.project_key) as repo from issue f where f.id = i.issue_id and f.source = 'github') project on true
left join lateral (
  select min(lower(r.full_name)) as repo from service_repository m join repository r on r.id = m.repo_id where m.service_id = i.service_id
  having count(*) = 1) own on true
where not i.duplicate and (i.caused_by_deployment_id is not null or i.caused_by_ref is not null)
""",
)

# A release is told from a branch by a digit: "caused by main" names nothing. A sha is named by seven digits or more: those that begin alike are few.
# A pull request or sha points to the deployment in which it first shipped, of the incident's own service where there is a choice.
EXPLICIT = Step(
    "d_explicit",
    """
select distinct on (incident_id) incident_id, deployment_id from (
  select n.incident_id, p.logical_id as deployment_id, 1 as rank, p.finished_at as at from d_named n
  join d_called p on p.name = n.caused_by_deployment_id
  union all
  select n.incident_id, p.logical_id, 2, p.finished_at from d_named n join d_part p on p.deployment_id = n.caused_by_ref
  union all
  select n.incident_id, p.logical_id, 2, p.finished_at from d_named n join d_part p on p.url = n.caused_by_ref
  union all
  select n.incident_id, f.deployment_id, case when f.service_id = n.service_id then 3 else 4 end, f.finished_at from d_named n
  join d_pr p on p.number = n.number and lower(p.repo) = coalesce(n.repo, n.home) join d_first f on f.pr_id = p.id
  union all
  select n.incident_id, f.deployment_id, case when f.service_id = n.service_id then 5 else 6 end, f.finished_at from d_named n
  join d_first f on left(f.sha, 7) = left(n.sha, 7) and starts_with(f.sha, n.sha)
  union all
  select n.incident_id, p.logical_id, case when p.service_id = n.service_id then 5 else 6 end, p.finished_at from d_named n
  join d_part p on left(p.sha, 7) = left(n.sha, 7) and starts_with(p.sha, n.sha)
  union all
  select n.incident_id, p.logical_id, case when p.service_id = n.service_id then 7 else 8 end, p.finished_at from d_named n join d_part p on p.ref = n.tag
  where n.tag ~ '[0-9]' and lower(coalesce(p.repo, '')) = coalesce(n.repo, n.home, lower(coalesce(p.repo, '')))) found
order by incident_id, rank, at, deployment_id
""",
)

# What was reverted for the incident did it; a rollback or a hotfix for it only confirms the deployment that time points to.
TAKEN_BACK = Step(
    "d_taken_back",
    """
select distinct on (i.id) i.id as incident_id, f.deployment_id
from incident i join issue_pr k on k.issue_id = i.issue_id join d_revert r on r.pr_id = k.pr_id join d_first f on f.pr_id = r.reverts
where not i.duplicate and f.finished_at <= i.started_at and (i.service_id is null or f.service_id = i.service_id)
order by i.id, f.finished_at desc, f.deployment_id
""",
)

REPAIRED = Step(
    "d_repaired",
    """
select distinct i.id as incident_id, 'hotfixed' as rule from incident i join issue_pr k on k.issue_id = i.issue_id
join d_carried c on c.pr_id = k.pr_id join d_kind d on d.id = c.logical_id and d.kind = 'hotfix' and d.finished_at >= i.started_at
""",
)

CORRECTED = Step(
    "d_corrected",
    """
select distinct on (c.incident_id) c.incident_id, p.logical_id as id from incident_correction c join d_called p on p.name = c.deployment_id
order by c.incident_id, p.logical_id
""",
)

LINK = Step(
    "d_link",
    """
select i.id as incident_id, i.service_id, i.started_at, i.resolved_at, i.severity,
  case when c.incident_id is not null then corrected.id else coalesce(e.deployment_id, b.deployment_id, g.id) end as deployment_id,
  case when c.incident_id is not null then case when corrected.id is null then 'none' else 'explicit' end
    when e.deployment_id is not null then 'explicit' when b.deployment_id is not null or g.id is not null then 'inferred' else 'none' end as link_kind,
  case when c.incident_id is not null then case when corrected.id is not null then 'corrected' end when e.deployment_id is not null then 'named'
    when b.deployment_id is not null then 'reverted'
    when u.rolled_back_at between i.started_at and coalesce(i.resolved_at, u.rolled_back_at) then 'rolled_back'
    when g.id is not null then case when h.incident_id is not null then 'hotfixed' else 'window' end end as link_rule,
  case when c.incident_id is null and e.deployment_id is null then n.id end as near_id,
  greatest(extract(epoch from i.started_at - n.finished_at) / 3600, 0) as gap_hours
from incident i cross join d_parameter p
left join incident_correction c on c.incident_id = i.id
left join d_corrected corrected on corrected.incident_id = i.id
left join d_explicit e on e.incident_id = i.id
left join d_taken_back b on b.incident_id = i.id
left join d_repaired h on h.incident_id = i.id
left join lateral (
  select d.id, d.finished_at from d_kind d
  where e.deployment_id is null and d.service_id = i.service_id and d.started_at <= i.started_at
    and not exists (select from d_word w where w.kind = 'other_cause' and w.word = pg_temp.folded(i.cause))
  order by d.started_at desc, d.finished_at desc, d.id limit 1) n on true
left join lateral (
  select d.id from d_kind d
  where e.deployment_id is null and d.service_id = i.service_id and d.started_at <= i.started_at and d.finished_at >= i.started_at - p.link_span
    and not exists (select from d_word w where w.kind = 'other_cause' and w.word = pg_temp.folded(i.cause))
  order by d.started_at desc, d.finished_at desc, d.id limit 1) g on true
left join d_undone u on u.logical_id = g.id
where not i.duplicate
""",
    kept=True,
)

FACT = Step(
    "new_fact_incident",
    """
select i.id, i.issue_id, i.key as issue_key, i.title, s.key as service, o.key as owner_team, coalesce(o.key, t.key) as team, i.severity, i.cause,
  i.started_at, i.resolved_at, l.deployment_id as link_deployment_id, l.link_kind, l.link_rule,
  case when l.link_rule in ('corrected', 'named') then 'high' when l.link_rule = 'window' then 'low' when l.link_rule is not null then 'medium' end
    as link_confidence, coalesce(f.url, i.origin ->> 'url') as url
from incident i join d_link l on l.incident_id = i.id left join service s on s.id = i.service_id left join team o on o.id = s.owner_team_id
left join team t on t.id = i.team_id left join issue f on f.id = i.issue_id
""",
)

# In a refresh of a part, reverts for these incidents stand as they were derived last.
STORED_REVERT = """
insert into d_revert
select distinct f.id, f.reverts_pr_id from d_scope_incident s join incident i using (id) join issue_pr k on k.issue_id = i.issue_id
join fact_pull_request f on f.id = k.pr_id and f.reverts_pr_id is not null
where not exists (select from d_scope_pull o where o.id = f.id)
"""

incident_links = Derivation(
    "incident_links",
    (NAMED, EXPLICIT, TAKEN_BACK, REPAIRED, CORRECTED, LINK, FACT),
    (Fill(fact_incident, within="t.id in (select id from d_scope_incident)"),),
    part="services",
    first=(STORED_REVERT,),
    reads={"incident": "id in (select id from d_scope_incident)"},
)
