"""How a worked case is put to the engine: as a question to a metric, or to one of the helpers that metrics are made of."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import text

from servers.metrics.catalogue import CATALOGUE
from servers.metrics.change import relative_change, verdict
from servers.metrics.engine import measure
from servers.metrics.phases import phases
from servers.metrics.question import Question
from servers.metrics.signals import forecast, risk, xmr
from servers.metrics.velocity import SPRINTS, velocity
from servers.metrics.working_time import WorkingCalendar
from store.clock import Window
from store.config import Incidents, PulseConfig
from store.database import Database
from store.settings import Settings

AFTERWARDS = timedelta(days=31)
"""A case is asked so long after its last row, unless it says when."""
ALL_ROWS_FROM = datetime(1990, 1, 1, tzinfo=UTC)
Case = Mapping[str, Any]
Helper = Callable[[Database, Settings, Case], Awaitable[dict[str, Any]]]
_DIRECT = (
    "min_n",
    "min_den",
    "sle_days",
    "stale_days",
    "start",
    "band_set",
    "include_bots",
    "include_rollbacks",
    "include_redeploys",
    "max_age",
    "which",
    "sprints",
)
_HOUSE = ("commitment_grace_hours", "coalesce_minutes", "rollout_hours", "hotfix_max_prs", "comments_count_as_review")


def supported(metric: str) -> bool:
    """Whether cases of this metric or helper can be checked."""
    return metric in CATALOGUE or metric in HELPERS


def on_its_own(case: Case) -> bool:
    """Whether a case is answered by a helper: it has no rows of the store, or is about what metrics are made of."""
    return case["metric"] in HELPERS and not (case["metric"] in CATALOGUE and "issue" in case["inputs"])


async def answer(db: Database, settings: Settings, case: Case) -> dict[str, Any]:
    """What the engine says to a case whose rows are loaded and derived; a case without a state of its own is a question to the engine."""
    if on_its_own(case):
        return await HELPERS[case["metric"]](db, settings, case)
    document = (await measure(db, settings, question_of_case(case))).document()
    return document | (
        {"unit": document["basis"]} if "basis" in document else {}
    )  # a case names the unit of the amounts, not of their share


def question_of_case(case: Case, metric: str | None = None) -> Question:
    """The question that a case's parameters describe."""
    given = case.get("parameters") or {}
    at = given.get("at")
    return Question(
        metric=metric or case["metric"],
        window=None if at else _window(case, given),
        grain=given.get("grain", None if at or "from" in given else "total"),
        group_by=given.get("group_by", ()),
        filters=given.get("filters", {}),
        as_of=instant(at) if at else as_of_case(case),
        tz=given.get("tz"),
        clock=given.get("clock"),
        params={name: given[name] for name in _DIRECT if name in given} | _calendar(given) | _baseline(given),
    )


def _window(case: Case, given: Mapping[str, Any]) -> Window:
    """The window of a case; one that names none is about all its rows."""
    end = instant(given["to"]) if "to" in given else as_of_case(case)
    return Window(instant(given["from"]) if "from" in given else ALL_ROWS_FROM, end, given.get("tz", "UTC"))


def _calendar(given: Mapping[str, Any]) -> dict[str, Any]:
    if "calendar" not in given:
        return {}
    found = given["calendar"]
    opens, closes = time.fromisoformat(found["start"]), time.fromisoformat(found["end"])
    days_off = frozenset(date.fromisoformat(day) for day in found.get("holidays", ()))
    return {"calendar": WorkingCalendar(found.get("tz", "UTC"), opens, closes, frozenset(found.get("days", range(5))), days_off)}


def _baseline(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"baseline_at": instant(given["baseline_at"])} if "baseline_at" in given else {}


def instant(value: str) -> datetime:
    """An instant from its ISO form; a bare date is its midnight in UTC."""
    parsed = datetime.fromisoformat(value)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def as_of_case(case: Case) -> datetime:
    """When the case is asked: as it says, else a month after everything in it."""
    given = case.get("parameters") or {}
    if "as_of" in given:
        return instant(given["as_of"])
    return max([instant(value) for value in _instants([case["inputs"], given])], default=datetime(2026, 1, 1, tzinfo=UTC)) + AFTERWARDS


def _instants(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _instants(part)
    elif isinstance(value, str) and len(value) >= len("2026-01-01T00:00") and value[:4].isdigit() and "T" in value:
        yield value


def settings_of_case(settings: Settings, case: Case) -> Settings:
    """Settings as the case assumes them: its own clock, parameters and an incident source when it has incidents."""
    given = case.get("parameters") or {}
    house = {name: given[name] for name in _HOUSE if name in given}
    incidents = Incidents(link_window_days=given.get("link_window_days", 3)) if "incident" in case["inputs"] else Incidents()
    own = settings.with_config(PulseConfig.model_validate({"metrics": house}).model_copy(update={"incidents": incidents}))
    own.pulse_now, own.pulse_timezone = as_of_case(case), None
    return own


def adapted(case: Case) -> Case:
    """Instants of finished items, given bare, as issues with one change each; children without an epic belong to one that is not told."""
    if case["metric"] == "epic_progress" and "epic" not in case["inputs"]:
        children = [{"epic": "EPIC", **row} for row in case["inputs"].get("issue", [])]
        return {**case, "inputs": {**case["inputs"], "epic": {"id": "EPIC"}, "issue": children}}
    done = case["inputs"].get("done_at") if isinstance(case["inputs"], Mapping) else None
    if not isinstance(done, list):
        return case
    issues = [{"id": f"D-{place}", "type": "Story", "created_at": at} for place, at in enumerate(done, 1)]
    moves = [{"issue_id": issue["id"], "at": issue["created_at"], "to_category": "done", "to_kind": None} for issue in issues]
    return {**case, "inputs": {"issue": issues, "issue_transition": moves}}


async def _percentile(db: Database, _settings: Settings, case: Case) -> dict[str, Any]:
    sql = "select percentile_cont(cast(:p as float8)) within group (order by v) from unnest(cast(:given as float8[])) v"
    async with db.connect() as connection:
        found = await connection.scalar(
            text(sql), {"p": case["parameters"]["percentile"], "given": [float(value) for value in case["inputs"]["values"]]}
        )
    return {"status": "ok", "value": found, "n": len(case["inputs"]["values"])}


async def _series(db: Database, settings: Settings, case: Case) -> dict[str, Any]:
    return (await measure(db, settings, question_of_case(case, "throughput"))).document()


async def _teams(db: Database, settings: Settings, case: Case) -> dict[str, Any]:
    asked = question_of_case(case, "pr_throughput")
    found = await measure(db, settings, Question(asked.metric, window=asked.window, group_by=["team"], as_of=asked.as_of))
    return {"status": found.status, "value": {group.dimensions["team"]: group.value for group in found.groups or []}, "total": found.n}


async def _phases(db: Database, _settings: Settings, case: Case) -> dict[str, Any]:
    async with db.connect() as connection:
        row = (await connection.execute(text("select * from fact_pull_request"))).mappings().one()
    return {"status": "ok", **phases(dict(row), as_of_case(case))}


async def _people(db: Database, _settings: Settings, _case: Case) -> dict[str, Any]:
    sql = "select array_agg(id order by id) as ids from identity group by coalesce(person_id, id) order by 1"
    suggestions = "select array[least(identity_a, identity_b), greatest(identity_a, identity_b)] as ids from identity_suggestion order by 1"
    async with db.connect() as connection:
        people = [list(row.ids) for row in await connection.execute(text(sql))]
        return {"people": people, "suggestions": [list(row.ids) for row in await connection.execute(text(suggestions))]}


async def _change(_db: Database, _settings: Settings, case: Case) -> dict[str, Any]:
    current, previous = case["inputs"]["current"]["value"], case["inputs"]["previous"]["value"]
    signal = bool(case["inputs"].get("xmr_signal"))
    return {
        "value": verdict(current, previous, case["parameters"]["direction"], xmr_signal=signal),
        "relative": relative_change(current, previous),
    }


async def _xmr(_db: Database, _settings: Settings, case: Case) -> dict[str, Any]:
    return xmr.signals(case["inputs"]["series"], case["parameters"].get("direction", "context"))


async def _when(_db: Database, _settings: Settings, case: Case) -> dict[str, Any]:
    given = dict(case["parameters"])
    options: dict[str, Any] = {name: given[name] for name in ("seed", "trials", "share") if name in given}
    if "growth" in given:
        options["growth"] = (float(given["growth"][0]), float(given["growth"][1]))
    if "target_date" in given:
        options["target"] = date.fromisoformat(given["target_date"])
    return forecast.when(case["inputs"]["daily_throughput"], given["remaining"], date.fromisoformat(given["start"]), **options)


async def _how_many(_db: Database, _settings: Settings, case: Case) -> dict[str, Any]:
    given = case["parameters"]
    options = {name: given[name] for name in ("seed", "trials", "share") if name in given}
    return forecast.how_many(case["inputs"]["daily_throughput"], given["days"], **options)


async def _pr_risk(_db: Database, _settings: Settings, case: Case) -> dict[str, Any]:
    return risk.pr_risk(case["inputs"]["pr_state"])


async def _sprint_risk(_db: Database, _settings: Settings, case: Case) -> dict[str, Any]:
    state = dict(case["inputs"]["sprint_state"])
    bounds = {name: instant(state[name]) for name in ("started_at", "planned_end_at") if state.get(name)}
    return risk.sprint_risk(state | bounds, instant(case["parameters"]["at"]))


async def _epic_risk(_db: Database, _settings: Settings, case: Case) -> dict[str, Any]:
    return risk.epic_risk(case["inputs"]["epic_state"])


async def _velocity(_db: Database, _settings: Settings, case: Case) -> dict[str, Any]:
    return velocity([sprint["completed"] for sprint in case["inputs"]["sprints"]], case["parameters"].get("sprints", SPRINTS))


HELPERS: Mapping[str, Helper] = {
    "percentile": _percentile,
    "throughput_series": _series,
    "team_attribution": _teams,
    "pr_phases": _phases,
    "unify_people": _people,
    "kpi_change": _change,
    "anomaly_xmr": _xmr,
    "forecast_when": _when,
    "forecast_how_many": _how_many,
    "pr_risk": _pr_risk,
    "sprint_risk": _sprint_risk,
    "epic_risk": _epic_risk,
    "sprint_velocity": _velocity,
}
"""Arithmetic that metrics are made of, checked in the same way."""
PURE = frozenset(
    {
        "percentile",
        "kpi_change",
        "anomaly_xmr",
        "forecast_when",
        "forecast_how_many",
        "pr_risk",
        "sprint_risk",
        "epic_risk",
        "sprint_velocity",
    }
)
"""Helpers that need no rows of the store."""
