"""R3: redeploy, rollback, hotfix or change, and which deployment a rollback undid."""

from etl.derive.derivation import Derivation, Step

REPEAT = Step(
    "d_repeat",
    """
with line as (
  select s.*, lag(s.sha) over (partition by s.service_id, s.place order by s.at, s.logical_id) as before_sha,
    s.sha is not null and row_number() over (partition by s.service_id, s.place, s.sha order by s.at, s.logical_id) > 1 as seen
  from d_step s)
select logical_id, service_id, place, at, coalesce(before_sha = sha, false) as same, seen and before_sha is distinct from sha as back from line
""",
    indexes=("(service_id, place, at)", "(logical_id)"),
)


def called_a_repair(pull: str) -> str:
    """SQL beside `d_parameter x`: whether a label or the title of a pull request says that it repairs something."""
    labelled = f"exists (select from d_word w, unnest({pull}.labels) l where w.kind = 'hotfix_label' and w.word = pg_temp.folded(l))"
    return f"({labelled} or coalesce({pull}.title ~* x.hotfix_title, false))"


REPAIR = Step(
    "d_repair",
    f"""
with mending as (
  select distinct k.pr_id from d_carried c join issue_pr k on k.pr_id = c.pr_id
  join incident i on i.issue_id = k.issue_id and not i.duplicate)
select c.logical_id, count(distinct c.pr_id) as prs,
  bool_or({called_a_repair("p")} or coalesce(p.head_ref ~* x.hotfix_ref, false) or m.pr_id is not null) as repairs
from d_carried c join d_pr p on p.id = c.pr_id cross join d_parameter x left join mending m on m.pr_id = p.id group by c.logical_id
""",
)

KIND = Step(
    "d_kind",
    """
select l.*, case when l.given_kind in ('change', 'hotfix', 'rollback', 'redeploy') then l.given_kind when t.redeploy then 'redeploy'
    when t.rollback then 'rollback' when r.repairs and r.prs <= x.hotfix_max_prs then 'hotfix' else 'change' end as kind
from d_logical l cross join d_parameter x
join (select logical_id, bool_and(same) as redeploy, bool_or(back) as rollback from d_repeat group by logical_id) t on t.logical_id = l.id
left join d_repair r on r.logical_id = l.id
""",
    indexes=("unique (id)", "(service_id, started_at)"),
)

# Only the places where a sha came back were rolled back; a rollback named by its sender covers all of its places.
UNDONE = Step(
    "d_undone",
    """
with backed as (
  select k.id, k.service_id, k.finished_at, r.place, r.at from d_kind k join d_repeat r on r.logical_id = k.id
  where k.kind = 'rollback' and (r.back or k.given_kind = 'rollback')),
victim as (
  select b.id as rollback_id, b.finished_at, v.logical_id from backed b cross join lateral (
    select r.logical_id from d_repeat r join d_kind k on k.id = r.logical_id
    where r.service_id = b.service_id and r.place = b.place and r.logical_id <> b.id and (r.at, r.logical_id) < (b.at, b.id)
      and k.kind in ('change', 'hotfix')
    order by r.at desc, r.logical_id desc limit 1) v)
select distinct on (logical_id) logical_id, rollback_id, finished_at as rolled_back_at from victim order by logical_id, finished_at, rollback_id
""",
    kept=True,
)

kinds = Derivation(
    "kinds",
    (REPEAT, REPAIR, KIND, UNDONE),
    part="services",
)  # fmt: skip
