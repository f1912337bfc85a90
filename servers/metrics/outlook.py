"""What a forecast needs of the store: how many items were finished each day, how many remain, and whether earlier forecasts held."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics.coverage import Coverage, read_coverage
from servers.metrics.names import load_names
from servers.metrics.plan import Plan
from servers.metrics.signals import calibration, forecast
from store.clock import local_date, local_midnight, now
from store.database import Database
from store.errors import InvalidQuestion, PulseError
from store.settings import Settings

Seen = Callable[[str], str]
"""Turns a statement to the facts as they were known."""
OWN = "own history"
LOOSE = 0.1
"""A hit rate this far below the promised level is said in a warning."""
ASSUMED = "scope_assumed: the forecast takes today's scope and pace; absences and new work are not foreseen."
DEFAULT_SPAN_DAYS = 28
"""How far `how_many` looks when no date is given."""
_SCOPE = (
    "f.level = 'item' and not f.cancelled and (cast(:team as text[]) is null or f.team = any(:team))"
    " and (cast(:project as text[]) is null or f.project = any(:project)) and (cast(:epic as text[]) is null or f.epic = any(:epic))"
)
_HISTORY = f"""
select coalesce(d.finished, 0) as finished from generate_series(cast(:first as date), cast(:last as date), interval '1 day') as days(day)
left join (
  select (f.done_at at time zone :tz)::date as day, count(*) as finished from fact_issue f
  where f.done_at >= (cast(:first as date)::timestamp at time zone :tz) and f.done_at < ((cast(:last as date) + 1)::timestamp at time zone :tz)
    and {_SCOPE} group by 1) d on d.day = days.day::date
order by days.day
"""
_REMAINING = f"""
select count(*) as remaining from fact_issue f
where {_SCOPE} and (f.done_at is null or f.done_at > :at) and f.created_at <= :at
  and (not :in_sprint or exists (
    select from sprint_issue s join sprint p on p.id = s.sprint_id
    where s.issue_id = f.id and p.state = 'active' and s.removed_at is null))
"""
_ANY = f"select exists (select from fact_issue f where {_SCOPE} and f.created_at <= :at)"
_TARGET = "select coalesce(e.target_at, e.original_target_at) from fact_epic e where e.key = any(:epic) limit 1"
_FINISHED = """
select f.{part} as name, (f.done_at at time zone :tz)::date as day, count(*) as finished from fact_issue f
where f.{part} = any(:names) and f.level = 'item' and not f.cancelled and f.done_at >= (cast(:first as date)::timestamp at time zone :tz)
  and f.done_at < ((cast(:last as date) + 1)::timestamp at time zone :tz)
group by 1, 2
"""
_TEAM = """
select f.team from fact_issue f where f.epic = any(:epic) and f.team is not null and exists (select from fact_epic e where e.key = any(:epic))
group by f.team order by count(*) desc, f.team limit 1
"""
_TEAMS = """
select distinct on (n.epic) n.epic, n.team from (
  select f.epic, f.team, count(*) as items from fact_issue f where f.epic = any(:epics) and f.team is not null group by f.epic, f.team) n
where exists (select from fact_epic e where e.key = n.epic) order by n.epic, n.items desc, n.team
"""
_SPRINT_END = """
select p.planned_end_at from sprint p join sprint_issue s on s.sprint_id = p.id join fact_issue f on f.id = s.issue_id
where p.state = 'active' and (cast(:team as text[]) is null or f.team = any(:team)) and (cast(:project as text[]) is null or f.project = any(:project))
group by p.id, p.planned_end_at order by count(*) desc, p.id limit 1
"""


class NothingToForecast(PulseError):
    """The question names neither a scope nor a number of items."""

    exit_code = 2


@dataclass(frozen=True)
class Scope:
    """Whose items: teams (with their descendants), projects, epics; `sprint` keeps to those in the active sprint."""

    team: Sequence[str] | None = None
    project: Sequence[str] | None = None
    epic: Sequence[str] | None = None
    sprint: bool = False

    def parameters(self) -> dict[str, Any]:
        """As the statements take them."""
        return {name: list(keys) if keys else None for name, keys in (("team", self.team), ("project", self.project), ("epic", self.epic))}

    @property
    def filters(self) -> dict[str, list[str]]:
        """As a result shows them; a team stands for its descendants."""
        return {name: keys[:1] if name == "team" else keys for name, keys in self.parameters().items() if keys}


@dataclass(frozen=True)
class History:
    """Finished items per calendar day, oldest first, and where they come from; `share` of it belongs to what is forecast.

    `record` goes further back than `counts`: past forecasts are checked against it.
    """

    record: list[int]
    last_day: date
    basis: str
    share: float = 1.0

    @property
    def counts(self) -> list[int]:
        """The days that forecasts are drawn from."""
        return self.record[-forecast.HISTORY_DAYS :]


async def when(
    db: Database, settings: Settings, *, scope: Scope, remaining: int | None = None, target: date | None = None, named: str = ""
) -> dict[str, Any]:
    """The dates by which what remains is done, with the basis of the forecast and how often such dates held."""
    async with db.connect() as connection:
        at = (await read_coverage(connection, settings)).known_until(("issues",), now(settings))
        return await when_on(connection, settings, at, scope=scope, remaining=remaining, target=target, named=named)


async def when_on(
    connection: AsyncConnection,
    settings: Settings,
    at: datetime,
    *,
    scope: Scope,
    remaining: int | None = None,
    target: date | None = None,
    named: str = "",
    seen: Seen = str,
) -> dict[str, Any]:
    """The same on an open connection, as of an instant; an epic is judged by its own target date, a sprint by its end, unless another is given."""
    left = remaining if remaining is not None else await remaining_items(connection, scope, at, seen)
    day = target or await own_target(connection, settings, scope, seen)
    history = await history_of(connection, settings, scope, at, seen)
    if left > 0:
        found = forecast.when(history.counts, left, history.last_day, target=day, share=history.share)
        if found["status"] == "ok":
            found = checked(found, calibration.dates_held(history.record, left))
    elif remaining is not None or await any_items(connection, scope, at, seen):
        found = forecast.when(history.counts, 0, local_date(at, settings.timezone), target=day)
    else:
        found = {
            "status": "not_enough_data",
            "value": None,
            "message": "There is no item in this selection, done or open: nothing to forecast.",
        }
    title = f"When will {named or f'{left} items'} be done?"
    return document(found, history, at, scope, title) | {"metric": "forecast_when", "remaining": left}


async def how_many(db: Database, settings: Settings, *, scope: Scope, by: date, named: str = "") -> dict[str, Any]:
    """How many items are done by the end of a day."""
    async with db.connect() as connection:
        at = (await read_coverage(connection, settings)).known_until(("issues",), now(settings))
        return await how_many_on(connection, settings, at, scope=scope, by=by, named=named)


async def how_many_on(
    connection: AsyncConnection, settings: Settings, at: datetime, *, scope: Scope, by: date, named: str = "", seen: Seen = str
) -> dict[str, Any]:
    """The same on an open connection, as of an instant."""
    history = await history_of(connection, settings, scope, at, seen)
    days = (by - history.last_day).days
    if days <= 0:
        raise NothingToForecast(f"by={by} has passed; name a day after {history.last_day}.")
    found = forecast.how_many(history.counts, days, share=history.share)
    if found["status"] == "ok":
        found = checked(found, calibration.amounts_held(history.record, days))
    shown = document(found, history, at, scope, f"How many items will {named or 'we'} finish by {by}?")
    return shown | {"metric": "forecast_how_many", "by": str(by)}


def checked(found: dict[str, Any], held: dict[str, Any]) -> dict[str, Any]:
    """The forecast with its hit rate beside it; where past forecasts clearly did not hold, no date at all."""
    if held["status"] != "uncalibrated":
        return found | {"calibration": held}
    message = (
        f"Refused: of {held['of']} past forecasts at 85 % certainty only {held['held']} held, so this history does not foretell this work; "
        "plan with a range or shorten the horizon."
    )
    kept = {name: part for name, part in found.items() if name in ("remaining", "history_days", "finished", "trials", "seed", "share")}
    return kept | {"status": "not_enough_data", "value": None, "message": message, "calibration": held}


async def answer_when(connection: AsyncConnection, settings: Settings, plan: Plan, _coverage: Coverage) -> dict[str, Any]:
    """What `query_metric` says to forecast_when: the dates for all that is open in the selection."""
    scope = scope_of_plan(plan)
    return await when_on(connection, settings, plan.as_of, scope=scope, named=_named(scope), seen=plan.seen)


async def answer_how_many(connection: AsyncConnection, settings: Settings, plan: Plan, _coverage: Coverage) -> dict[str, Any]:
    """What `query_metric` says to forecast_how_many: what four weeks bring."""
    scope = scope_of_plan(plan)
    by = local_date(plan.as_of, settings.timezone) + timedelta(days=DEFAULT_SPAN_DAYS - 1)
    return await how_many_on(connection, settings, plan.as_of, scope=scope, by=by, named=_named(scope), seen=plan.seen)


def _named(scope: Scope) -> str:
    return ", ".join(key for keys in scope.filters.values() for key in keys)


def scope_of_plan(plan: Plan) -> Scope:
    """The scope that the filters of a plan mean."""
    chosen = {found.dimension: found.keys for found in plan.filters}
    return Scope(team=chosen.get("team"), project=chosen.get("project"), epic=chosen.get("epic"))


async def scope_of(
    connection: AsyncConnection, *, team: str | None = None, project: str | None = None, epic: str | None = None, sprint: str | None = None
) -> Scope:
    """The scope that names mean, found without case, blanks and hyphens; a team covers its descendants."""
    names = await load_names(connection)
    if sprint is not None and sprint.casefold() not in ("current", "active"):
        raise InvalidQuestion(f"Only the running sprint can be forecast: sprint=current, with team or project, not {sprint[:40]!r}.")
    return Scope(
        team=names.family(names.find("team", team).key) if team else None,
        project=[names.find("project", project).key] if project else None,
        epic=[names.find("epic", epic).key] if epic else None,
        sprint=sprint is not None,
    )


async def remaining_items(connection: AsyncConnection, scope: Scope, at: datetime, seen: Seen = str) -> int:
    """Open items of a scope at an instant."""
    found = await connection.execute(text(seen(_REMAINING)), {**scope.parameters(), "at": at, "in_sprint": scope.sprint})
    return int(found.one().remaining)


async def any_items(connection: AsyncConnection, scope: Scope, at: datetime, seen: Seen = str) -> bool:
    """Whether a scope holds any item at an instant, done or open; only then does an empty remainder mean that the work is done."""
    return bool(await connection.scalar(text(seen(_ANY)), {**scope.parameters(), "at": at}))


async def own_target(connection: AsyncConnection, settings: Settings, scope: Scope, seen: Seen = str) -> date | None:
    """The date that the scope itself promises: an epic's target date, the planned end of the running sprint."""
    if scope.epic:
        target = await connection.scalar(text(seen(_TARGET)), {"epic": list(scope.epic)})
    elif scope.sprint:
        asked = {name: scope.parameters()[name] for name in ("team", "project")}
        target = await connection.scalar(text(seen(_SPRINT_END)), asked)
    else:
        target = None
    return local_date(target, settings.timezone) if target else None


async def history_of(connection: AsyncConnection, settings: Settings, scope: Scope, at: datetime, seen: Seen = str) -> History:
    """The scope's own history where it suffices; an epic's team otherwise, thinned to the epic's share of it."""
    first, last = days = await _days(connection, settings, at)
    rows = await connection.execute(text(seen(_HISTORY)), {**scope.parameters(), "first": first, "last": last, "tz": settings.timezone})
    own = [int(row.finished) for row in rows]
    if scope.epic is None or forecast.enough(own[-forecast.HISTORY_DAYS :]):
        return History(own, last, OWN)
    team = await connection.scalar(text(seen(_TEAM)), {"epic": list(scope.epic)})
    return (
        _thinned(own, (await _counts(connection, settings, "team", [team], days, seen))[team], team, last)
        if team
        else History(own, last, OWN)
    )


async def histories_of(
    connection: AsyncConnection, settings: Settings, epics: Sequence[str], at: datetime, seen: Seen = str
) -> dict[str, History]:
    """The history of each epic, however many they are, in three statements."""
    days = await _days(connection, settings, at)
    own = await _counts(connection, settings, "epic", epics, days, seen)
    short = [epic for epic in epics if not forecast.enough(own[epic][-forecast.HISTORY_DAYS :])]
    teams = {row.epic: row.team for row in await connection.execute(text(seen(_TEAMS)), {"epics": short})} if short else {}
    whole = await _counts(connection, settings, "team", sorted(set(teams.values())), days, seen)
    return {
        epic: _thinned(own[epic], whole[teams[epic]], teams[epic], days[1]) if epic in teams else History(own[epic], days[1], OWN)
        for epic in epics
    }


async def histories_of_teams(
    connection: AsyncConnection, settings: Settings, teams: Sequence[str], at: datetime, seen: Seen = str
) -> dict[str, History]:
    """The history of each team, in one statement."""
    days = await _days(connection, settings, at)
    counts = await _counts(connection, settings, "team", teams, days, seen)
    return {team: History(counts[team], days[1], OWN) for team in teams}


def _thinned(own: list[int], whole: list[int], team: str, last: date) -> History:
    finished = [sum(part[-forecast.HISTORY_DAYS :]) for part in (own, whole)]
    share = finished[0] / finished[1] if finished[1] else 0.0
    return History(whole, last, f"history of team {team}, thinned to the epic's share", share) if share else History(own, last, OWN)


async def _counts(
    connection: AsyncConnection, settings: Settings, part: str, names: Sequence[str], days: tuple[date, date], seen: Seen
) -> dict[str, list[int]]:
    """Finished items per day of epics or teams, by name."""
    first, last = days
    counts = {name: [0] * max((last - first).days + 1, 0) for name in names}
    asked = {"names": list(names), "first": first, "last": last, "tz": settings.timezone}
    for row in await connection.execute(text(seen(_FINISHED.replace("{part}", part))), asked) if names else ():
        counts[row.name][(row.day - first).days] = row.finished
    return counts


async def _days(connection: AsyncConnection, settings: Settings, at: datetime) -> tuple[date, date]:
    """The first and the last complete day whose record is known."""
    coverage = await read_coverage(connection, settings)
    span = coverage.of("issues")
    last = local_date(at, settings.timezone) - timedelta(days=1)
    first = last - timedelta(days=calibration.RECORD_DAYS - 1)
    if span and span.from_ and span.from_ > local_midnight(first, settings.timezone):
        first = local_date(span.from_, settings.timezone) + timedelta(days=1)
    return first, last


def document(found: dict[str, Any], history: History, at: datetime, scope: Scope, title: str) -> dict[str, Any]:
    """A forecast with what it rests on: basis, history window, scope assumption."""
    warnings = [ASSUMED]
    if found.get("beyond_horizon"):
        warnings.append("beyond_horizon: part of the trials end more than two years ahead: no date is given for them.")
    if (held := found.get("calibration")) and held["status"] == "not_enough_data":
        warnings.append("unproven: the history is too short to check how past forecasts held; treat the dates as unproven.")
    if held and held["status"] == "ok" and held["rate"] < held["level"] - LOOSE:
        warnings.append(f"loose_dates: past dates at 85 % certainty held in {held['held']} of {held['of']} cases only: expect it later.")
    counts = history.counts
    return {
        **found,
        "n": found.get("finished"),
        "title": title,
        "basis": history.basis,
        "history_window": {"from": str(history.last_day - timedelta(days=len(counts) - 1)), "to": str(history.last_day)},
        "filters": scope.filters,
        "as_of": at.isoformat(),
        "warnings": warnings,
    }
