"""When each source is read next: by its cron, within its budget, sooner after a webhook, never while somebody has paused it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from croniter import croniter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from etl.entity import Source
from etl.reading import Mode
from store.config import is_cron
from store.errors import InvalidQuestion
from store.settings import Settings

BUDGET_PER_HOUR: Mapping[Source, int] = {"github": 5_000}
"""Requests (GitHub: points) that a token has each hour, where the source documents it."""
SHARE = 0.5
"""Part of the budget that scheduled syncs may use; the rest is for people and other programs with the same token."""
QUIET_S = 10.0
"""After a webhook we wait this long: changes come in bursts."""
HINT_GAP_S = 60.0
"""Webhooks start a sync at most this often."""
ATTENTION_GAP_S = 6 * 3600.0
"""A source that refused us is asked again only so often, until somebody starts or resumes it."""


@dataclass(frozen=True)
class Standing:
    """All that decides when a source is read next."""

    source: Source
    cron: str
    reconcile: str
    """When everything that is stored is compared with the source."""
    zone: str = "UTC"
    own_cron: bool = False
    """Whether somebody set the cron here instead of in pulse.yaml."""
    paused: bool = False
    reason: str | None = None
    hinted_at: datetime | None = None
    last_at: datetime | None = None
    """When the newest run was asked for."""
    last_compared_at: datetime | None = None
    """When everything was last read or compared."""
    needs_attention: bool = False
    requests: float = 0.0
    """What a usual run costs."""
    reconcile_requests: float = 0.0
    """What the last comparison cost; before the first one what reading everything did, which is more."""
    active: str | None = None
    """The run that is queued or running."""

    def as_dict(self, now: datetime) -> dict[str, Any]:
        """As REST and the command line show it."""
        planned = next_start(self, now)
        return {
            "source": self.source,
            "cron": self.cron,
            "own_cron": self.own_cron,
            "paused": self.paused,
            "reason": self.reason,
            "next_at": None if planned is None else planned.at.isoformat(timespec="seconds"),
            "next": "paused until somebody resumes it" if planned is None else planned.because,
            "last_at": self.last_at.isoformat(timespec="seconds") if self.last_at else None,
            "usual_requests": round(self.requests),
            "run": self.active,
        }


@dataclass(frozen=True)
class Planned:
    """The next start: when, what is read, and why then."""

    at: datetime
    mode: Mode
    because: str


def next_start(standing: Standing, now: datetime) -> Planned | None:
    """When the source is read next; None while it is paused."""
    if standing.paused:
        return None
    if standing.last_at is None:
        return Planned(now, "incremental", because="never read yet")
    planned = _slowed(standing, _by_cron(standing, standing.last_at), standing.requests, standing.last_at)
    reconcile = _reconcile(standing)
    if reconcile is not None and reconcile.at <= planned.at:
        planned = reconcile
    if standing.needs_attention:
        later = standing.last_at + timedelta(seconds=ATTENTION_GAP_S)
        return Planned(max(planned.at, later), planned.mode, "the source refused us: waiting for a person, asking seldom meanwhile")
    hinted = _by_hint(standing, standing.last_at)
    return hinted if hinted is not None and hinted.at < planned.at else planned


def _by_cron(standing: Standing, after: datetime) -> Planned:
    return Planned(cron_after(standing.cron, after, standing.zone), "incremental", because=f"by its schedule {standing.cron}")


def _reconcile(standing: Standing) -> Planned | None:
    after = standing.last_compared_at or standing.last_at
    if standing.last_at is None or after is None:
        return None
    because = f"everything is compared, by schedules.reconcile {standing.reconcile}"
    planned = Planned(cron_after(standing.reconcile, after, standing.zone), "reconcile", because=because)
    return _slowed(standing, planned, standing.reconcile_requests, standing.last_at)


def _slowed(standing: Standing, planned: Planned, requests: float, last_at: datetime) -> Planned:
    """Later, where the schedule would use more than our share of the source's budget."""
    gap_s = gap_for(requests, BUDGET_PER_HOUR.get(standing.source))
    earliest = last_at + timedelta(seconds=gap_s)
    if earliest <= planned.at:
        return planned
    return Planned(earliest, planned.mode, f"slowed down: a run takes {requests:.0f} requests, and half of the hourly budget is ours")


def _by_hint(standing: Standing, last_at: datetime) -> Planned | None:
    if standing.hinted_at is None or standing.hinted_at <= last_at:
        return None
    gap_s = max(HINT_GAP_S, gap_for(standing.requests, BUDGET_PER_HOUR.get(standing.source)))
    at = max(standing.hinted_at + timedelta(seconds=QUIET_S), last_at + timedelta(seconds=gap_s))
    return Planned(at, "incremental", because="a webhook said that something changed")


def gap_for(requests: float, budget_per_hour: int | None) -> float:
    """Seconds from one start to the next so that runs of so many requests stay within our share; 0 without a known budget."""
    return 3600 * requests / (SHARE * budget_per_hour) if budget_per_hour else 0.0


def cron_after(cron: str, after: datetime, zone: str) -> datetime:
    """The first time of a cron expression after an instant, read in a time zone."""
    found: datetime = croniter(cron, after.astimezone(ZoneInfo(zone))).get_next(datetime)
    return found


async def standings(connection: AsyncConnection, settings: Settings, sources: Sequence[Source]) -> list[Standing]:
    """How each of these sources stands."""
    rows = (await connection.execute(_STANDING, {"sources": list(sources)})).mappings().all()
    return [_standing(dict(row), settings) for row in rows]


def _standing(row: Mapping[str, Any], settings: Settings) -> Standing:
    schedules = settings.pulse.schedules
    return Standing(
        source=row["source"],
        cron=row["cron"] or schedules.sync_of(row["source"]),
        reconcile=schedules.reconcile,
        zone=settings.timezone,
        own_cron=row["cron"] is not None,
        paused=bool(row["paused"]),
        reason=row["reason"],
        hinted_at=row["hinted_at"],
        last_at=row["last_at"],
        last_compared_at=row["last_compared_at"],
        needs_attention=row["refused"],
        requests=float(row["requests"] or 0),
        reconcile_requests=float(row["reconcile_requests"] or 0),
        active=row["active"],
    )


_WHOLE = "coalesce(r.arguments->'scopes', '[]') in ('[]', 'null') and coalesce(r.arguments->'only', '[]') in ('[]', 'null')"
"""Runs over everything a source has: what one costs and when it was, a run over a few repositories does not say."""
# A source waits for a person only where all its connections do: one revoked token does not slow down the others. One that nobody has read for a
# day is gone.
_STANDING = text(f"""
with cost as (
  select r.source, r.id, r.mode, r.requested_at, greatest(sum(e.requests), sum(e.points)) as requests
  from sync_run r join sync_run_entity e on e.run_id = r.id where r.source = any(:sources) and {_WHOLE} group by r.source, r.id, r.mode, r.requested_at)
select asked.source, s.cron, s.paused, s.reason, s.hinted_at, newest.requested_at as last_at,
  coalesce(newest.refused and s.changed_at > newest.requested_at is not true, false) as refused,
  (select max(requested_at) from sync_run r where r.source = asked.source and (r.mode in ('full', 'reconcile') and {_WHOLE} or not exists (
     select from sync_run o where o.source = r.source and o.requested_at < r.requested_at))) as last_compared_at,
  (select percentile_cont(0.5) within group (order by c.requests) from (
     select requests from cost where source = asked.source and mode = 'incremental' order by requested_at desc limit 5) c) as requests,
  (select requests from cost where source = asked.source order by mode = 'reconcile' desc, mode = 'full' desc, requested_at desc limit 1) as reconcile_requests,
  (select id from sync_run r where r.source = asked.source and r.status in ('queued', 'running') order by requested_at limit 1) as active
from unnest(cast(:sources as text[])) with ordinality as asked(source, place)
left join schedule s on s.source = asked.source
left join lateral (
  select max(o.requested_at) as requested_at, bool_and(o.refused) as refused from (
    select distinct on (r.connection) r.requested_at, r.status = 'failed' and r.failure is not distinct from 'attention' as refused,
      max(r.requested_at) over () as newest_at
    from sync_run r where r.source = asked.source and r.mode <> 'repair' order by r.connection, r.requested_at desc) o
  where o.requested_at > o.newest_at - interval '1 day') newest on true
order by asked.place
""")


async def change(
    connection: AsyncConnection, source: Source, *, by: str, cron: str | None = None, paused: bool | None = None, reason: str | None = None
) -> None:
    """Set a source's own cron (empty: that of pulse.yaml again), pause or resume it; what is None stays.

    Raises:
        InvalidQuestion: the cron expression is none, or cannot be met.
    """
    if cron and not is_cron(cron):
        raise InvalidQuestion(
            f"{cron[:60]!r} is no cron expression, or no day ever meets it; five fields such as `*/15 * * * *` (minute, hour, day, month, weekday)."
        )
    values = {"source": source, "by": by, "cron": cron, "paused": paused, "reason": reason}
    await connection.execute(_CHANGE, values)


_CHANGE = text(
    "insert into schedule (source, cron, paused, reason, changed_by, changed_at)"
    " values (:source, nullif(cast(:cron as text), ''), coalesce(cast(:paused as boolean), false), cast(:reason as text), :by, clock_timestamp())"
    " on conflict (source) do update set cron = case when cast(:cron as text) is null then schedule.cron else excluded.cron end,"
    " paused = coalesce(cast(:paused as boolean), schedule.paused),"
    " reason = case when cast(:paused as boolean) is null then schedule.reason else excluded.reason end,"
    " changed_by = excluded.changed_by, changed_at = excluded.changed_at"
)


async def hint(connection: AsyncConnection, source: Source) -> None:
    """Remember that a webhook said something changed: the source is read soon instead of at its next time."""
    await connection.execute(_HINT, {"source": source})


_HINT = text(
    "insert into schedule (source, hinted_at) values (:source, clock_timestamp())"
    " on conflict (source) do update set hinted_at = excluded.hinted_at"
)
