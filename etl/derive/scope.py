"""What a refresh of a part is about: from the rows that were touched to every issue, pull request and service whose facts may differ."""

TOUCHED = """
create temp table d_touched on commit drop as
with taken as (delete from touched returning kind, key, part) select distinct kind, key, part from taken
"""

# An epic lends its class, team and initiative to what is below it, and is needed whenever that is derived.
ISSUE = """
create temp table d_scope_issue on commit drop as
with recursive told as (
  select key as id from d_touched where kind = 'issue'
  union select s.issue_id from d_touched t join sprint_issue s on s.sprint_id = t.key where t.kind = 'sprint'),
named as (
  select i.site, i.key from told join issue i using (id)
  union select i.site, f.key from told join issue i using (id) join fact_issue f using (id)),
below as (
  select c.id from told t join issue c on c.epic_id = t.id
  union select c.id from told t join issue c on c.parent_id = t.id
  union select c.id from named n join issue c on c.epic_key = n.key and c.site = n.site),
up as (
  select id from told union select id from below
  union
  select a.id from up u join issue i on i.id = u.id cross join lateral (
    select i.epic_id as id union select i.parent_id union select n.id from issue n where n.site = i.site and n.key = i.epic_key) a
  where a.id is not null)
select id from up
"""

SPRINT = """
create temp table d_scope_sprint on commit drop as
select key as id from d_touched where kind = 'sprint'
union select si.sprint_id from d_scope_issue s join sprint_issue si on si.issue_id = s.id
union select x.sprint_id from d_scope_issue s join fact_sprint_issue x on x.issue_id = s.id
"""

# Incidents before and after: each hits its service and the one whose deployment it is laid to.
TOLD_INCIDENT = """
create temp table d_told_incident on commit drop as
select 'incident:' || id as id, id as issue_id from d_scope_issue union select key, null from d_touched where kind = 'incident'
"""

HIT = """
create temp table d_hit on commit drop as
select t.id as incident_id, i.service_id, t.issue_id from d_told_incident t join incident i using (id)
union select t.id, d.service_id, t.issue_id from d_told_incident t join fact_incident f using (id) left join fact_deployment d on d.id = f.link_deployment_id
"""

HIT_NOW = """
insert into d_hit select t.id, i.service_id, t.issue_id from d_told_incident t join incident i using (id)
"""

# Also incidents whose repair was touched: what it took back tells which deployment is meant.
LINK_BEFORE = """
create temp table d_link_before on commit drop as
select l.issue_id, l.pr_id, f.reverts_pr_id is not null as reverts from d_scope_pull s join issue_pr l on l.pr_id = s.id
left join fact_pull_request f on f.id = s.id
"""

HIT_BY_PULL = """
insert into d_hit
select i.id, v.service_id, i.issue_id
from (
  select issue_id from d_link_before where reverts or pr_id in (select id from d_told_pull)
  union select l.issue_id from d_scope_pull s join issue_pr l on l.pr_id = s.id
    where s.id in (select id from d_told_pull) or s.id in (select pr_id from d_revert)) l
join incident i on i.id = 'incident:' || l.issue_id left join fact_incident f on f.id = i.id left join fact_deployment d on d.id = f.link_deployment_id
cross join lateral (select i.service_id union select d.service_id) v
"""

TOLD_PULL = """
create temp table d_told_pull on commit drop as
select key as id from d_touched where kind = 'pull'
union select p.id from d_touched t join pr_commit c on c.sha = t.part join pull_request p on p.id = c.pr_id and p.repo_id = t.key where t.kind = 'commit'
union select p.id from d_touched t join pull_request p on p.merge_commit_sha = t.part and p.repo_id = t.key where t.kind = 'commit'
"""

NAMES_ISSUE = """
create temp table d_names_issue on commit drop as
select s.id as issue_id, l.pr_id from d_scope_issue s join issue_pr l on l.issue_id = s.id
union select s.id, l.pr_id from d_scope_issue s join issue i using (id) join issue o on o.key = i.key join issue_pr l on l.issue_id = o.id
union select s.id, m.pr_id from d_scope_issue s join issue i using (id) join pr_mention m
  on m.key = case when i.source = 'github' then lower(i.key) else i.key end
"""

# Beside what was touched: what names a touched issue, what goes by the same branch, and what takes a touched one back.
PULL = """
create temp table d_scope_pull on commit drop as
select id from d_told_pull
union select pr_id from d_names_issue
union select o.id from d_told_pull t join pull_request p using (id) join pull_request o on o.repo_id = p.repo_id and o.head_ref = p.head_ref
union select f.id from d_told_pull t join fact_pull_request f on f.reverts_pr_id = t.id
union select m.pr_id from d_told_pull t join pr_revert m on m.given_reverts = t.id
union select m.pr_id from d_told_pull t join pull_request p using (id) join repository r on r.id = p.repo_id join pr_revert m on m.number = p.number
  where case when m.repo is null then m.repo_id = p.repo_id else m.repo = lower(r.full_name) end
union select m.pr_id from d_told_pull t join pull_request p using (id) join pr_revert m on m.repo_id = p.repo_id
  where starts_with(p.merge_commit_sha, m.sha) or exists (select from pr_commit c where c.pr_id = p.id and starts_with(c.sha, m.sha))
"""

# Files that were changed shortly before count as early rework: merged pull requests matter for three weeks, and look back as far.
AFTER = """
insert into d_scope_pull
select o.id from (
  select p.repo_id, v.at from d_told_pull t join pull_request p using (id) left join fact_pull_request f using (id)
  cross join lateral (select p.merged_at as at union select f.merged_at) v where v.at is not null) m
join pull_request o on o.repo_id = m.repo_id and o.merged_at > m.at and o.merged_at < m.at + interval '504 hours'
where not exists (select from d_scope_pull s where s.id = o.id) group by o.id
"""

NEIGHBOUR = """
create temp table d_scope_neighbour on commit drop as
select o.id from d_scope_pull s join pull_request p using (id)
join pull_request o on o.repo_id = p.repo_id and o.merged_at < p.merged_at and o.merged_at > p.merged_at - interval '504 hours' and o.deleted_at is null
where not exists (select from d_scope_pull s where s.id = o.id) group by o.id
"""

COMMIT = """
create temp table d_scope_commit on commit drop as
select key as repo_id, part as sha from d_touched where kind = 'commit'
union select p.repo_id, p.merge_commit_sha from d_scope_pull s join pull_request p using (id) where p.merge_commit_sha is not null
union select substring(a.id from '^commit (.*) [^ ]+$'), substring(a.id from '[^ ]+$')
  from d_scope_pull s join fact_activity a on a.pr_id = s.id where a.kind = 'commit'
"""

CLAIM = """
insert into d_scope_pull
select p.id from d_scope_commit c join pull_request p on p.merge_commit_sha = c.sha and p.repo_id = c.repo_id
where not exists (select from d_scope_pull s where s.id = p.id) group by p.id
"""

TARGET = """
create temp table d_scope_target on commit drop as
select distinct f.reverts_pr_id as id from d_scope_pull s join fact_pull_request f using (id) where f.reverts_pr_id is not null
"""

# A pull request or commit matters to deployments only where something is deployed; a run only where runs are the source.
TOLD_REPOSITORY = """
create temp table d_told_repository on commit drop as
with shipped as (
  select p.id, p.repo_id from d_told_pull t join pull_request p using (id) left join repository r on r.id = p.repo_id
  left join fact_pull_request f on f.id = p.id
  where p.merged_at is not null or f.merged_at is not null or p.base_ref is distinct from r.default_branch
  union select p.id, p.repo_id from d_hit h join d_names_issue n using (issue_id) join pull_request p on p.id = n.pr_id),
committed as (select repo_id from shipped union select key from d_touched where kind = 'commit')
select key as id from d_touched where kind = 'repository'
union select d.repo_id from d_touched t join deployment d on d.id in (t.key, regexp_replace(t.key, '@[^@]*$', '')) where t.kind = 'deployment'
union select c.repo_id from committed c where exists (
    select from service_repository m join service s on s.id = m.service_id where m.repo_id = c.repo_id and s.chosen_source is not null)
  or exists (select from deployment d where d.repo_id = c.repo_id and d.service_id is not null)
union select w.repo_id from d_touched t join workflow_run w on w.id = t.key
  where t.kind = 'run' and coalesce(w.event, '') not in ('pull_request', 'pull_request_target') and exists (
    select from service_repository m join service s on s.id = m.service_id where m.repo_id = w.repo_id
      and case coalesce(s.deployment_source, 'auto') when 'auto' then s.chosen_source is distinct from 'github_deployments'
        else s.deployment_source = 'workflow_runs' end)
"""

# Incidents that name, or were repaired by, what lies outside their own service may be laid to anything that comes: they go with every refresh
# of deployments.
FLOATING = """
create temp table d_floating on commit drop as
with due as (
  select exists (select from d_told_repository) or exists (select from d_hit) or exists (select from d_touched where kind in ('service', 'deployment'))
    or exists (select from d_told_pull p join fact_change s on s.pr_id = p.id) as yes),
repair as (
  select i.id, i.service_id, k.pr_id from due join incident i on due.yes and not i.duplicate join issue_pr k on k.issue_id = i.issue_id),
repaired as (
  select id, service_id, pr_id from repair
  union select r.id, r.service_id, f.reverts_pr_id from repair r join fact_pull_request f on f.id = r.pr_id where f.reverts_pr_id is not null
  union select r.id, r.service_id, n.reverts from repair r join d_revert n using (pr_id))
select i.id, i.service_id, d.service_id as other_id
from due join incident i on due.yes left join incident_correction c on c.incident_id = i.id
left join fact_incident f on f.id = i.id left join fact_deployment d on d.id = f.link_deployment_id
where not i.duplicate and (i.caused_by_ref is not null or i.caused_by_deployment_id is not null or c.deployment_id is not null)
  and not coalesce(f.link_kind = 'explicit' and d.service_id = i.service_id and i.caused_by_deployment_id is null, false)
union
select r.id, r.service_id, m.service_id from repaired r join pull_request p on p.id = r.pr_id join service_repository m on m.repo_id = p.repo_id
where m.service_id is distinct from r.service_id
"""

# A touched incident may name what another service deployed.
NAMED = r"""
create temp table d_named_service on commit drop as
with told as (
  select i.id, i.caused_by_ref as ref, array[i.caused_by_deployment_id, c.deployment_id, i.caused_by_ref] as names,
    lower(substring(i.caused_by_ref from '([\w.-]+/[\w.-]+)(?:#|/pull/|/commit/|/releases/|/deployments/)')) as repo, f.project_key as home,
    lower(substring(i.caused_by_ref from '(?:^|/commit/|@)([0-9a-fA-F]{7,40})$')) as sha,
    coalesce(substring(i.caused_by_ref from '/releases/tag/([^/\s]+)$'), i.caused_by_ref) as tag
  from incident i left join incident_correction c on c.incident_id = i.id left join issue f on f.id = i.issue_id and f.source = 'github'
  where i.id in (select incident_id from d_hit) and (i.caused_by_ref is not null or i.caused_by_deployment_id is not null or c.deployment_id is not null)),
place as (
  select r.id as repo_id from told t join repository r on lower(r.full_name) in (t.repo, lower(t.home))
  union select d.repo_id from told t join deployment d on starts_with(d.sha, t.sha) or d.ref = t.tag
  union select d.repo_id from told t join workflow_run d on starts_with(d.sha, t.sha) or d.branch = t.tag
  union select d.repo_id from told t join release d on starts_with(d.sha, t.sha) or d.tag = t.tag)
select m.service_id from place p join service_repository m using (repo_id)
union select d.service_id from told t join deployment d on starts_with(d.sha, t.sha) or d.ref = t.tag where d.service_id is not null
union select f.service_id from told t join fact_deployment_row f on f.id = any(t.names) or f.deployment_id = any(t.names) or f.url = t.ref
union select d.service_id from told t join fact_change c on starts_with(c.sha, t.sha) join fact_deployment d on d.id = c.deployment_id
"""

# Services that share a repository are derived together: a change counts at the first of them.
SERVICE = """
create temp table d_scope_service on commit drop as
with recursive reach as (
  select service_id as id from d_hit where service_id is not null
  union select service_id from d_named_service
  union select key from d_touched where kind = 'service'
  union select d.service_id from d_touched t join deployment d on d.id in (t.key, regexp_replace(t.key, '@[^@]*$', ''))
    where t.kind = 'deployment' and d.service_id is not null
  union select f.service_id from d_touched t join fact_deployment_row f on f.id = t.key where t.kind = 'deployment'
  union select m.service_id from d_told_repository r join service_repository m on m.repo_id = r.id
  union select d.service_id from d_told_repository r join deployment d on d.repo_id = r.id where d.service_id is not null
  union select d.service_id from d_told_pull t join fact_change c on c.pr_id = t.id join fact_deployment d on d.id = c.deployment_id
  union select v.id from d_floating f, unnest(array[f.service_id, f.other_id]) v(id) where v.id is not null
  union
  select n.service_id from reach r cross join lateral (
    select m.repo_id from service_repository m where m.service_id = r.id
    union select d.repo_id from deployment d where d.service_id = r.id and d.repo_id is not null
    union select p.repo_id from fact_deployment_row f join deployment_change c on c.deployment_id in (f.id, f.deployment_id) and c.given
      join pull_request p on p.id = c.pr_id where f.service_id = r.id) a
  cross join lateral (
    select m.service_id from service_repository m where m.repo_id = a.repo_id
    union select d.service_id from deployment d where d.repo_id = a.repo_id and d.service_id is not null) n)
select id from reach
"""

DEPLOYMENT = """
create temp table d_scope_deployment on commit drop as
select d.id from d_scope_service s join deployment d on d.service_id = s.id
union select d.id from d_scope_service s join service_repository m on m.service_id = s.id join deployment d on d.repo_id = m.repo_id
"""

REPOSITORY = """
create temp table d_scope_repository on commit drop as
select m.repo_id as id from d_scope_service s join service_repository m on m.service_id = s.id
union select d.repo_id from d_scope_service s join deployment d on d.service_id = s.id where d.repo_id is not null
union select p.repo_id from d_scope_deployment d join deployment_change c on c.given and (c.deployment_id = d.id or starts_with(c.deployment_id, d.id || '@'))
  join pull_request p on p.id = c.pr_id
"""

LOGICAL = """
create temp table d_scope_logical on commit drop as
select f.id from d_scope_service s join fact_deployment f on f.service_id = s.id
"""

INCIDENT = """
create temp table d_scope_incident on commit drop as
select incident_id as id from d_hit union select id from d_floating
union select i.id from d_scope_service s join incident i on i.service_id = s.id
"""

NOBODY = "create temp table d_scope_neighbour (id text) on commit drop"
"""What stands beside the part when everything is derived."""

ISSUES = (ISSUE, "analyze d_scope_issue", SPRINT, TOLD_INCIDENT, HIT)
"""Which issues; to be run before they are derived."""

PULLS = (HIT_NOW, TOLD_PULL, NAMES_ISSUE, PULL, AFTER, COMMIT, CLAIM, "analyze d_scope_pull", NEIGHBOUR, TARGET, LINK_BEFORE)
"""Which pull requests; to be run before they are derived and after the issues."""

SERVICES = (
    HIT_BY_PULL, TOLD_REPOSITORY, FLOATING, NAMED, SERVICE, "analyze d_scope_service", DEPLOYMENT, REPOSITORY,
    "analyze d_scope_deployment, d_scope_repository", LOGICAL, INCIDENT, "analyze d_scope_logical, d_scope_incident",
)  # fmt: skip
"""Which services and incidents; to be run after pull requests and their links are derived."""

ANY_ISSUE = "select exists (select from d_scope_issue) or exists (select from d_scope_sprint)"
ANY_MORE = """
select exists (select from d_scope_pull) or exists (select from d_hit) or exists (select from d_touched where kind not in ('issue', 'sprint'))
"""
ANY_SERVICE = "select exists (select from d_scope_service) or exists (select from d_scope_incident)"

MANY = 20_000
"""From so many touched rows on, deriving everything costs less than telling the part apart."""

WHOLE = f"select count(*) > {MANY} or coalesce(bool_or(kind = 'all'), false) from d_touched"
