"""Open pull requests with what makes them risky, read in one statement and scored by `signals.risk`."""

from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics.compile import parameters, selection, used_parameters
from servers.metrics.coverage import Coverage
from servers.metrics.facts import open_after
from servers.metrics.plan import Plan
from servers.metrics.signals import risk
from store.settings import Settings

LISTED = 25
"""Entities that a result lists, the riskiest first."""
_OPEN = f"f.created_at <= :as_of and {open_after('cast(:as_of as timestamptz)')}"
_SINCE = "m.merged_at > cast(:as_of as timestamptz) - interval '{days} days' and m.merged_at <= :as_of"
_SQL = f"""
with open as materialized (select f.* from {{rows}} f where {_OPEN} and not f.is_draft),
touched as materialized (select p.*, o.repo_id, o.author_person_id from open o join pr_file p on p.pr_id = o.id),
repaired as (
  select m.id, m.repo_id from fact_pull_request m where m.is_revert and {_SINCE.format(days=90)}
  union
  select m.id, m.repo_id from fact_change c join fact_pull_request m on m.id = c.pr_id and {_SINCE.format(days=90)}
  where c.kind = 'hotfix'),
repair as (select q.path, r.repo_id from repaired r join pr_file q on q.pr_id = r.id group by 1, 2 having count(*) >= 2),
known as (
  select m.author_person_id, m.repo_id, q.path from fact_pull_request m join pr_file q on q.pr_id = m.id
  where (m.author_person_id, m.repo_id) in (select author_person_id, repo_id from open) and {_SINCE.format(days=180)})
select o.id, o.repo, o.number, o.title, o.url, o.team, o.size_lines, o.changed_files, o.author_person_id is not null as author_known,
  o.last_approval_at is not null and o.last_approval_at <= :as_of as approved,
  extract(epoch from cast(:as_of as timestamptz) - coalesce(o.ready_at, o.created_at))::float8 / 86400 as age_days, t.files, h.hotspots, k.known_files
from open o
left join (
  select pr_id, jsonb_agg(jsonb_build_object('path', path, 'additions', additions, 'deletions', deletions, 'generated', generated)) as files
  from touched group by pr_id) t on t.pr_id = o.id
left join (select t.pr_id, array_agg(t.path) as hotspots from touched t join repair r using (repo_id, path) group by t.pr_id) h on h.pr_id = o.id
left join (
  select t.pr_id, array_agg(t.path) as known_files from touched t
  where (t.author_person_id, t.repo_id, t.path) in (select author_person_id, repo_id, path from known) group by t.pr_id) k on k.pr_id = o.id
order by o.id
"""


async def answer(connection: AsyncConnection, _settings: Settings, plan: Plan, _coverage: Coverage) -> dict[str, Any]:
    """Every open, non-draft pull request of the selection, the riskiest first; the value is the highest risk."""
    sql = _SQL.replace("{rows}", selection(plan.metric.fact, plan))
    rows = (await connection.execute(text(plan.seen(sql)), used_parameters(sql, parameters(plan)))).mappings().all()
    found = ranked([_assessed(row) for row in rows])
    if any(row["files"] is None for row in rows):
        found["warnings"] = ["files_missing: some file lists are missing; those pull requests are judged by their own totals."]
    return found


def ranked(items: list[dict[str, Any]]) -> dict[str, Any]:
    """The members of a risk result: the highest risk as value, how many there are of each level, the riskiest entities."""
    scored = sorted((item for item in items if item["value"] is not None), key=lambda item: (-item["value"], item["record"]))
    if not items:
        return {"status": "no_denominator", "value": None, "n": 0, "items": []}
    if not scored:
        return {"status": "not_enough_data", "value": None, "n": len(items), "items": items[:LISTED]}
    first = scored[0]
    levels = {level: sum(item["level"] == level for item in scored) for level in ("high", "medium", "low", "too early")}
    return {
        "status": "ok",
        "value": first["value"],
        "level": first["level"],
        "n": len(items),
        "levels": {level: count for level, count in levels.items() if count},
        "items": scored[:LISTED],
    }


def _assessed(row: RowMapping) -> dict[str, Any]:
    state = {
        "files": row["files"],
        "lines": row["size_lines"],
        "changed_files": row["changed_files"],
        "hotspot_files": row["hotspots"] or [],
        "author_known_files": (row["known_files"] or []) if row["author_known"] else None,
        "approvals": int(row["approved"]),
        "checks": None,
        "age_days": row["age_days"],
    }
    about = {"record": f"{row['repo']}#{row['number']}", "title": row["title"], "team": row["team"], "url": row["url"]}
    return about | risk.pr_risk(state)
