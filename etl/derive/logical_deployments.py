"""R2: rows of one service that are one deployment: by group key, as retries, or as a rollout through regions."""

from etl.derive.derivation import Derivation, Fill, Step
from store.tables.facts import fact_deployment_part

BEFORE = "in (select id from d_scope_logical)"
"""The deployments, as derived last, of the services that are derived anew."""

# How old a sha is, is told by its first attempt: one that failed in its first region is no newer than what went out meanwhile.
DONE = Step(
    "d_done",
    """
select r.*, coalesce('group ' || r.group_key, 'row ' || r.id) as bundle
from (select *, min(finished_at) over (partition by service_id, coalesce(repo_id, ''), sha) as sha_first_at from d_row) r where r.status = 'success'
""",
    indexes=("(service_id, place, finished_at)",),
)

# Rows with one group key are one from the start; what repeats or spreads is then told by the shas they carry.
BUNDLE = Step(
    "d_bundle",
    """
select *, row_number() over (partition by service_id, signature order by first_at, bundle) as place_in_line
from (
  select service_id, bundle, min(finished_at) as first_at, max(finished_at) as last_at, array_agg(distinct place) as places,
    array_agg(distinct coalesce(sha, '')) as shas,
    string_agg(distinct coalesce(repo_id, '') || '@' || coalesce(sha, 'row ' || id), ' ') as signature
  from d_done group by service_id, bundle) bundled
""",
    indexes=("unique (service_id, signature, place_in_line)",),
)

# Another sha in the same place ends a deployment; in a place it has not reached yet, a newer one does.
WALK = Step(
    "d_walk",
    """
with recursive walk as (
  select b.service_id, b.signature, b.place_in_line, b.bundle, b.bundle as head, b.first_at, b.last_at, b.places from d_bundle b where b.place_in_line = 1
  union all
  select b.service_id, b.signature, b.place_in_line, b.bundle, case when j.joined then w.head else b.bundle end,
    case when j.joined then w.first_at else b.first_at end, case when j.joined then greatest(w.last_at, b.last_at) else b.last_at end,
    case when j.joined then w.places || b.places else b.places end
  from walk w cross join d_parameter p
  cross join lateral (
    select * from d_bundle n where n.service_id = w.service_id and n.signature = w.signature and n.place_in_line = w.place_in_line + 1 offset 0) b
  cross join lateral (
    select (b.first_at <= w.last_at + p.coalesce_span or (not b.places <@ w.places and b.first_at <= w.first_at + p.rollout_span))
      and not exists (
        select from d_done o where o.service_id = b.service_id and o.place = any(b.places) and o.finished_at > w.first_at and o.finished_at < b.first_at
          and o.sha <> all(b.shas) and (o.place = any(w.places) or o.sha_first_at > w.first_at)) as joined offset 0) j)
select service_id, bundle, head from walk
""",
)

PART = Step(
    "d_part",
    """
select d.*, first_value(d.id) over (partition by d.service_id, w.head order by d.finished_at, d.id) as logical_id
from d_done d join d_walk w on w.service_id = d.service_id and w.bundle = d.bundle
""",
    indexes=("(id)",),
)

# The names by which others mean a part: its own, or that of the row it came from. Two lookups, where one of either name would be none.
CALLED = Step(
    "d_called",
    """
select id as name, logical_id, service_id, finished_at from d_part
union
select deployment_id, logical_id, service_id, finished_at from d_part
""",
)

LOGICAL = Step(
    "d_logical",
    """
select p.logical_id as id, p.service_id, min(p.service) as service, min(p.started_at) as started_at, min(p.finished_at) as first_at,
  max(p.finished_at) as finished_at, count(*) as parts, string_agg(distinct p.environment, ', ') as environment, min(p.source) as source,
  min(p.change_kind) as given_kind, (array_agg(p.sha order by p.finished_at desc, p.id desc))[1] as sha,
  (array_agg(p.ref order by p.finished_at desc, p.id desc))[1] as ref, (array_agg(p.url order by p.finished_at desc, p.id desc))[1] as url,
  (array_agg(p.repo_id order by p.finished_at desc, p.id desc))[1] as repo_id, (array_agg(p.repo order by p.finished_at desc, p.id desc))[1] as repo
from d_part p group by p.logical_id, p.service_id
""",
    indexes=("unique (id)", "(service_id, started_at)"),
)

STEP = Step(
    "d_step",
    """
select distinct on (logical_id, place) logical_id, service_id, repo_id, place, sha, finished_at as at
from d_part order by logical_id, place, finished_at desc, id desc
""",
)

NEW_PART = Step("new_fact_deployment_part", "select id as deployment_id, logical_id from d_part")

WITHIN = f"""t.deployment_id in (
  select id from d_row union select p.deployment_id from fact_deployment_part p where p.logical_id {BEFORE})"""

logical_deployments = Derivation(
    "logical_deployments",
    (DONE, BUNDLE, WALK, PART, CALLED, LOGICAL, STEP, NEW_PART),
    (Fill(fact_deployment_part, within=WITHIN),),
    part="services",
)  # fmt: skip
