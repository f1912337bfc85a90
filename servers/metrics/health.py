"""How far the stored data can be trusted: lag, links, gaps, odd values and records that were set aside, each with what to do about it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics.compile import used_parameters
from servers.metrics.report import freshness
from servers.units import plain
from store.clock import now
from store.database import Database
from store.settings import Settings

State = Literal["ok", "warning", "bad", "unknown"]
Kind = Literal["lag", "link", "gap", "odd", "aside", "proof"]
WINDOW_DAYS = 90
ENOUGH, POOR = 0.8, 0.5
"""A link rate from 0.8 on is good; below 0.5 numbers that rest on it mean little."""
LATE_MINUTES, TOO_LATE_MINUTES = 120, 1440
GAP_DAYS = 3
"""Working days in a row without a record, where a usual one has at least USUAL_RECORDS."""
USUAL_RECORDS = 3


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `value` is a share for links, minutes for lag, days for gaps, else a count."""

    kind: Kind
    name: str
    state: State
    value: float | None
    n: int | None
    says: str
    remedy: str | None = None


@dataclass(frozen=True)
class Rate:
    """A share of records that are linked as metrics need it."""

    name: str
    what: str
    remedy: str
    sql: str
    """One row: the linked ones and all of them, between :since and :until."""


RATES = (
    Rate(
        "deployments_with_commit",
        "deployments name the commit that they ship",
        "Let the pipeline create GitHub deployments, or name services[].deployments in pulse.yaml.",
        "select count(*) filter (where sha is not null), count(*) from fact_deployment where finished_at >= :since and finished_at < :until",
    ),
    Rate(
        "changes_deployed",
        "merged pull requests were seen in a deployment",
        "Check services[].repositories and services[].deployments in pulse.yaml: a repository without a service is never deployed.",
        "select count(*) filter (where deployed_at is not null), count(*) from fact_pull_request"
        " where merged_at >= :since and merged_at < cast(:until as timestamptz) - interval '7 days'",
    ),
    Rate(
        "pull_requests_linked",
        "merged pull requests name an issue",
        "Ask for the issue key in the branch or the title; a check on pull requests makes it a habit.",
        "select count(*) filter (where has_issue_link), count(*) from fact_pull_request"
        " where merged_at >= :since and merged_at < :until and author_type = 'human'",
    ),
    Rate(
        "incidents_linked",
        "incidents are laid to a deployment",
        "Fill in the affected service or the causing change; see incidents.fields in pulse.yaml.",
        "select count(*) filter (where link_kind <> 'none'), count(*) from fact_incident where started_at >= :since and started_at < :until",
    ),
    Rate(
        "authors_in_a_team",
        "merged pull requests belong to a team",
        "Look at `pulse mapping list`, or give teams[].members in pulse.yaml.",
        "select count(*) filter (where team is not null), count(*) from fact_pull_request"
        " where merged_at >= :since and merged_at < :until and author_type = 'human'",
    ),
    Rate(
        "people_joined",
        "people who merged code are also known in Jira",
        "Look at `pulse mapping list`: it proposes which accounts are one person.",
        "with author as (select distinct author_person_id as id from fact_pull_request where merged_at >= :since and merged_at < :until"
        " and author_type = 'human' and author_person_id is not null)"
        " select count(*) filter (where exists (select from identity i where i.person_id = a.id and i.source = 'jira')), count(*) from author a"
        " where exists (select from identity where source = 'jira')",
    ),
    Rate(
        "issues_with_history",
        "issues have their whole status history",
        "Read Jira again: `pulse sync jira --full`; an account without the right to browse a project sees no history.",
        "select count(*) filter (where has_history), count(*) from fact_issue where created_at >= :since and created_at < :until and level = 'item'",
    ),
)

ODD: Mapping[str, tuple[str, str]] = {
    "merged_before_created": (
        "pull requests were merged before they were created",
        "select count(*) from fact_pull_request where merged_at < created_at and created_at >= :since",
    ),
    "in_the_future": (
        "records lie in the future",
        (
            "select (select count(*) from fact_pull_request where created_at > :until or merged_at > :until)"
            " + (select count(*) from fact_issue where created_at > :until)"
            " + (select count(*) from fact_deployment where finished_at > :until)"
        ),
    ),
    "first_commit_long_ago": (
        "pull requests have a first commit more than a year before their merge",
        "select count(*) from fact_pull_request where merged_at >= :since and first_commit_at < merged_at - interval '1 year'",
    ),
    "done_before_created": (
        "issues were done before they were created",
        "select count(*) from fact_issue where done_at < created_at and created_at >= :since",
    ),
    "resolved_before_started": (
        "incidents were resolved before they started",
        "select count(*) from fact_incident where resolved_at < started_at and started_at >= :since",
    ),
    "huge_estimates": (
        "issues have an estimate below zero or above 100 points",
        "select count(*) from fact_issue where (points < 0 or points > 100) and created_at >= :since",
    ),
    "huge_deployments": (
        "deployments ship more than 100 pull requests at once",
        "select count(*) from fact_deployment where pr_count > 100 and finished_at >= :since",
    ),
}

GAP = """
with day as (
  select d::date as day from generate_series(cast(:first as date), cast(:last as date), interval '1 day') d
  where extract(isodow from d) < 6 and not (d::date = any(cast(:holidays as date[])))),
counted as (
  select (created_at at time zone :zone)::date as day, count(*) as n from {table}
  where created_at >= :since and created_at < :until group by 1),
known as (select day.day, coalesce(c.n, 0) as n, row_number() over (order by day.day) as place from day left join counted c using (day)),
usual as (select percentile_cont(0.5) within group (order by n) as n from known),
run as (select min(day) as first, max(day) as last, count(*) as days from (
  select day, place - row_number() over (order by day) as island from known where n = 0) empty group by island)
select run.first, run.last, run.days, usual.n as usual from run cross join usual where usual.n >= :enough order by run.days desc limit 1
"""


async def health(db: Database, settings: Settings, source: str | None = None) -> dict[str, Any]:
    """All findings, worst first; `source` narrows lag and what was set aside."""
    moment = now(settings)
    found = [_lag(one) for one in (await freshness(db, settings, source))["sources"]]
    async with db.connect() as connection:
        span = {"since": moment - timedelta(days=WINDOW_DAYS), "until": moment}
        found += [await _rate(connection, rate, span, settings.pulse.metrics.min_den) for rate in RATES]
        found += await _gaps(connection, settings, span)
        found += await _odd(connection, moment)
        found += await _aside(connection, source)
        found += await _proofs(connection, source)
    found.sort(key=lambda one: _ORDER.index(one.state))
    return {"as_of": moment, "window_days": WINDOW_DAYS, "state": _worst(found), "findings": [asdict(one) for one in found]}


async def _proofs(connection: AsyncConnection, source: str | None) -> list[Finding]:
    """What `pulse sync prove` last found of each kind of record; the oldest comparison dates it."""
    rows = (await connection.execute(text(_PROOF), {"source": source})).all()
    found = []
    for row in rows:
        if row.differences:
            says, remedy = (
                f"{row.differences} of {row.compared} records of {row.entity} differ from the source",
                "Run `pulse sync prove --repair`.",
            )
            found.append(Finding("proof", row.entity, "warning", row.differences, row.compared, says, remedy))
        else:
            says = f"{row.entity}: store = source at {row.proven_at:%Y-%m-%d %H:%M} UTC"
            found.append(Finding("proof", row.entity, "ok", 0, row.compared, says))
    return found


_PROOF = """
select entity, min(proven_at) at time zone 'UTC' as proven_at, sum(compared) as compared, sum(missing + different + ghosts + moved) as differences
from proof where cast(:source as text) is null or entity like cast(:source as text) || '.%' group by entity order by entity
"""


_ORDER: tuple[State, ...] = ("bad", "warning", "unknown", "ok")


def _worst(found: list[Finding]) -> State:
    known = [one.state for one in found if one.state != "unknown"]
    return min(known, key=_ORDER.index) if known else "unknown"


def _lag(one: Mapping[str, Any]) -> Finding:
    """How old a source's data is; a failed last run is worse than any lag."""
    name, minutes = one["source"], one["lag_minutes"]
    if minutes is None:
        return Finding("lag", name, "bad", None, None, f"{name} was never read to its end", one["remedy"] or f"Run `pulse sync {name}`.")
    state: State = "bad" if minutes > TOO_LATE_MINUTES or one["status"] == "failed" else "warning" if minutes > LATE_MINUTES else "ok"
    says = f"{name} is read to {plain(round(minutes))} min ago" + (
        f"; the last run failed: {one['error']}" if one["status"] == "failed" else ""
    )
    return Finding("lag", name, state, minutes, None, says, None if state == "ok" else one["remedy"] or f"Run `pulse sync {name}`.")


async def _rate(connection: AsyncConnection, rate: Rate, span: Mapping[str, Any], min_den: int) -> Finding:
    linked, all_of_them = (await connection.execute(text(rate.sql), dict(span))).one()
    if all_of_them < min_den:
        return Finding("link", rate.name, "unknown", None, all_of_them, f"too few records to say how many {rate.what} ({all_of_them})")
    share = linked / all_of_them
    state: State = "ok" if share >= ENOUGH else "warning" if share >= POOR else "bad"
    says = f"{100 * share:.0f} % of {all_of_them:,}: {rate.what}"
    return Finding("link", rate.name, state, round(share, 4), all_of_them, says, None if state == "ok" else rate.remedy)


async def _gaps(connection: AsyncConnection, settings: Settings, span: Mapping[str, Any]) -> list[Finding]:
    """The longest row of working days without a record, by what is created every day."""
    days = {
        "first": span["since"].date(),
        "last": (span["until"] - timedelta(days=1)).date(),
        "holidays": list(settings.pulse.org.holidays),
    }
    asked = {**span, **days, "zone": settings.timezone, "enough": USUAL_RECORDS}
    found = []
    for name, table, source in (("pull_requests", "fact_pull_request", "github"), ("issues", "fact_issue", "jira")):
        row = (await connection.execute(text(GAP.format(table=table)), asked)).one_or_none()
        if row is None or row.days < GAP_DAYS:
            found.append(
                Finding("gap", name, "ok", row.days if row else 0, None, f"no gap of {GAP_DAYS} working days in {name.replace('_', ' ')}")
            )
            continue
        says = f"no {name.replace('_', ' ')} from {row.first} to {row.last} ({row.days} working days; a usual one has {plain(row.usual)})"
        remedy = f"A shutdown, or a gap: `pulse sync prove {source}` tells; `pulse sync {source} --since {row.first}` reads it again."
        found.append(Finding("gap", name, "warning", row.days, None, says, remedy))
    return found


async def _odd(connection: AsyncConnection, moment: datetime) -> list[Finding]:
    asked = {"since": moment - timedelta(days=365), "until": moment + timedelta(days=1)}
    found = []
    for name, (what, sql) in ODD.items():
        amount = int(await connection.scalar(text(sql), used_parameters(sql, asked)) or 0)
        remedy = "Look at them at the source: such values bend averages." if amount else None
        found.append(
            Finding("odd", name, "warning" if amount else "ok", amount, None, f"{amount:,} {what}" if amount else f"no {what}", remedy)
        )
    return found


async def _aside(connection: AsyncConnection, source: str | None) -> list[Finding]:
    rows = (await connection.execute(text(_ASIDE), {"source": source})).all()
    if not rows:
        return [Finding("aside", "quarantine", "ok", 0, None, "no record is set aside")]
    remedy = "`pulse sync quarantine` shows why; `--retry` tries again after a mapping was mended."
    return [
        Finding("aside", row.entity, "warning", row.n, None, f"{row.n:,} records of {row.entity} are set aside: {row.reason}", remedy)
        for row in rows
    ]


_ASIDE = """
select entity, count(*) as n, min(left(reason, 120)) as reason from quarantine
where resolved_at is null and (cast(:source as text) is null or entity like :source || '.%') group by entity order by entity
"""


def troubles(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The findings that want a look."""
    return [one for one in document["findings"] if one["state"] in ("bad", "warning")]
