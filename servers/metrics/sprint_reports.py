"""What happened in one sprint: which one is meant, its ledger read from the store, and its amounts in one unit."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics import sizes
from servers.metrics.compile import parameters, selection, used_parameters
from servers.metrics.coverage import Coverage
from servers.metrics.facts import FACTS
from servers.metrics.plan import Plan
from servers.metrics.shape import window_document
from store.clock import Window
from store.errors import InvalidQuestion
from store.settings import Settings

LISTED = 100
"""Issues in one report; larger sprints say how many there are."""
_ITEMS = """
select key as issue, title, url, committed, added, removed, done, spilled, cancelled, start_points, end_points, carried from fact_sprint_issue
where sprint_id = :sprint order by not spilled, not done, key
"""


class SprintOfWhom(InvalidQuestion):
    """Several teams have sprints and none was named."""

    def __init__(self, known: Sequence[str]) -> None:
        super().__init__(f"Whose sprint? Name a team, project or sprint; known: {', '.join(known)}.")


async def answer(connection: AsyncConnection, _settings: Settings, plan: Plan, _coverage: Coverage) -> dict[str, Any]:
    """The report of the sprint that the plan means: `which` is last, current or -N (the Nth closed one before now)."""
    which = str(plan.params.get("which") or "last").strip().lower()
    found = await find_sprint(connection, plan, which)
    if found is None:
        return {"status": "not_enough_data", "value": None, "n": 0, "message": "There is no such sprint in this selection."}
    about = {name: found[name] for name in ("board", "team", "project", "state", "goal")} | {"sprint": found["name"]}
    about |= {name: _instant(found[name]) for name in ("started_at", "planned_end_at", "completed_at")}
    if found["started_at"] is None:
        return {"status": "not_enough_data", "value": None, "n": 0, "message": "The sprint has no start, so it has no commitment."} | about
    items = [dict(row) for row in (await connection.execute(text(plan.seen(_ITEMS)), {"sprint": found["id"]})).mappings()]
    end = found["completed_at"] or plan.as_of
    return {
        **report(items),
        **about,
        "window": window_document(Window(found["started_at"], end), plan.tz),
        "partial": found["completed_at"] is None,
    }


def _instant(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


async def find_sprint(connection: AsyncConnection, plan: Plan, which: str) -> Mapping[str, Any] | None:
    """The sprint that is meant, among those of the selection.

    Raises:
        InvalidQuestion: `which` is no such word, or sprints of several teams would do.
    """
    state, place = _place(which)
    rows = selection(FACTS["sprint"], plan)
    sql = (
        "select f.*, row_number() over (partition by coalesce(f.team, f.board) order by coalesce(f.completed_at, f.started_at) desc, f.id desc) as place "
        f"from {rows} f where f.state = :state and coalesce(f.completed_at, f.started_at, :as_of) <= :as_of"
    )
    values = {**parameters(plan), "state": state}
    if plan.filter_on("sprint"):
        sql, place = sql.replace("f.state = :state and ", ""), 1
    rows_found = await connection.execute(text(plan.seen(sql)), used_parameters(sql, values))
    found = [dict(row) for row in rows_found.mappings() if row["place"] == place]
    if len(found) > 1:
        raise SprintOfWhom(sorted({str(row["team"] or row["board"]) for row in found}))
    return found[0] if found else None


def _place(which: str) -> tuple[str, int]:
    """State and place, counted from the newest, that a word means."""
    if which in ("current", "active"):
        return "active", 1
    if which == "last":
        return "closed", 1
    if which.startswith("-") and which[1:].isdigit() and int(which[1:]) > 0:
        return "closed", int(which[1:])
    raise InvalidQuestion(f"which={which[:20]!r} is unknown; it is last, current, or -2 for the closed sprint before the last one.")


def report(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Amounts and issue lists of a sprint from its ledger; points where enough is estimated, else items.

    Amounts are in `unit`; say_do, completion_ratio, scope_change and spillover are shares, null where nothing was committed or left to divide by.
    """
    unit = unit_of(items)
    first, last = (_sizes(items, column, unit) for column in ("start_points", "end_points"))
    committed = _sum(first, items, "committed")
    added, removed = _sum(first, items, "added"), _sum(first, items, "removed")
    completed, spilled = _sum(last, items, "done"), _sum(last, items, "spilled")
    kept = sum(size for size, item in zip(first, items, strict=True) if item["committed"] and item["done"])
    changed = sum(b - a for a, b, item in zip(first, last, items, strict=True) if item["committed"] and not item["removed"])
    amounts = {"committed": committed, "completed": completed, "added": added, "removed": removed}
    return {
        "status": "ok",
        "value": amounts,
        "n": len(items),
        "unit": unit,
        **amounts,
        "spilled": spilled,
        "reestimated": changed,
        "say_do": _share(kept, committed),
        "completion_ratio": _share(completed, committed),
        "scope_change": _share(added + removed, committed),
        "spillover": _share(spilled, completed + spilled),
        "issues": [_issue(item) for item in items[:LISTED]],
        "warnings": _warnings(items, unit),
    }


def unit_of(items: Sequence[Mapping[str, Any]]) -> str:
    """`points` where at least 80 % of the set is estimated (R14)."""
    estimated = sum(item["start_points"] is not None or item["end_points"] is not None for item in items)
    return sizes.unit(len(items), estimated)


def _sizes(items: Sequence[Mapping[str, Any]], column: str, unit: str) -> list[float]:
    return [float(item[column] or 0) if unit == "points" else 1.0 for item in items]


def _sum(sizes: Sequence[float], items: Sequence[Mapping[str, Any]], part: str) -> float:
    return sum(size for size, item in zip(sizes, items, strict=True) if item[part])


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _issue(item: Mapping[str, Any]) -> dict[str, Any]:
    """One item with the sets it is in and its size; `carried` counts the sprints it spilled out of."""
    sets = [name for name in ("committed", "added", "removed", "done", "spilled") if item[name]]
    return {
        "issue": item["issue"],
        "title": item["title"],
        "sets": sets,
        "points": item["end_points"] if item["end_points"] is not None else item["start_points"],
        "carried": item["carried"],
        "url": item["url"],
    }


def _warnings(items: Sequence[Mapping[str, Any]], unit: str) -> list[str]:
    bare = sum(item["start_points"] is None and item["end_points"] is None for item in items)
    found = [f"unestimated: {bare} of {len(items)} items have no estimate and count 0 points."] if unit == "points" and bare else []
    return found + ([f"not_all_listed: {len(items)} items are in the sets, the first {LISTED} are listed."] if len(items) > LISTED else [])
