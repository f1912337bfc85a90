"""What the sync tools of both sources share: starting, stopping, and how runs are said in words."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from fastmcp.exceptions import ToolError
from fastmcp.tools.base import ToolResult

from etl.plan import plan, said
from etl.reading import Reading, one_reading
from servers.context import Pulse, Syncs
from servers.listing import Listing, as_result
from servers.records import runs
from store.errors import InvalidQuestion

RUNS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"run": {"type": "string"}, "status": {"type": "string"}},
                "required": ["run", "status"],
            },
        }
    },
    "required": ["runs"],
}


def runs_result(found: list[dict[str, Any]]) -> ToolResult:
    """The runs, one line each with its entities below."""
    lines = [line for run in found for line in _lines(run)] or ["No sync has run yet; start_sync begins one."]
    return ToolResult(content="\n".join(lines), structured_content={"runs": found})


async def started(pulse: Pulse, source: Literal["github", "jira"], reading: Reading, scopes: Sequence[str]) -> ToolResult:
    """Start a sync of `source` and show its run; schedules that were paused run again."""
    syncs = _syncs(pulse)
    run = await syncs.start(source, reading, scopes=scopes)
    await syncs.pause(source, paused=False)
    return await _shown(pulse, run)


async def cancelled(pulse: Pulse, source: Literal["github", "jira"], run: str, *, pause: bool) -> ToolResult:
    """Ask a run to stop and show it; with `pause` no scheduled one of this source follows."""
    async with pulse.db.connect() as connection:
        known = await runs.runs(connection, run=run)
    if known and source not in {one["source"] for one in known}:
        raise ToolError(f"{run} is a run of {known[0]['source']}; cancel it with that server's cancel_sync.")
    await _syncs(pulse).cancel(run)
    if pause:
        await _syncs(pulse).pause(source, paused=True, reason=f"{run} was cancelled")
    return await _shown(pulse, run)


async def planned(pulse: Pulse, source: Literal["github", "jira"], reading: Reading, scopes: Sequence[str]) -> ToolResult:
    """What a sync of `source` would cost, by what the last ones read."""
    found = await plan(pulse.settings, pulse.db, sources=[source], **vars(reading), scopes=scopes or None)
    note = said(found) if found else f"No {source} is configured here; plan it where `pulse up` runs."
    columns = ["entity", "mode", "scopes", "stored", "requests_at_most", "since"]
    rows = [[row.entity, row.mode, row.scopes, row.records_stored, row.requests_at_most, row.since] for row in found]
    return as_result(Listing(columns=columns, rows=rows, note=note), f"Plan of a sync of {source}")


async def _shown(pulse: Pulse, run: str) -> ToolResult:
    async with pulse.db.connect() as connection:
        return runs_result(await runs.runs(connection, run=run) or [{"run": run, "status": "queued", "entities": []}])


def _syncs(pulse: Pulse) -> Syncs:
    if pulse.syncs is None:
        raise ToolError("This server only answers questions; start the sync with `pulse sync`, or connect to a running `pulse up`.")
    return pulse.syncs


def reading_of(*, full: bool, since: str | None, reconcile: bool) -> Reading:
    """What the arguments of a tool ask for."""
    try:
        return one_reading(full=full, since=_day(since), reconcile=reconcile)
    except InvalidQuestion as error:
        raise ToolError(str(error)) from error


def _day(since: str | None) -> datetime | None:
    if since is None:
        return None
    try:
        return datetime.fromisoformat(since)
    except ValueError as error:
        raise ToolError(f"since={since[:40]!r} is not an ISO date such as 2026-09-01.") from error


def _lines(run: dict[str, Any]) -> list[str]:
    times = "".join(f", {name} {run[f'{name}_at']}" for name in ("requested", "finished") if run.get(f"{name}_at"))
    said = f": {run['says']}" if run.get("says") else ""
    head = f"{run['run']} {run.get('source', '')} {run['status']}{times}{said}"
    entities = [
        f"  {part['entity']}: {part['fetched'] or 0} read, {part['inserted'] or 0} new, {part['updated'] or 0} changed"
        + _why(part["error"])
        for part in run["entities"]
    ]
    return [head, *entities]


def _why(error: str | None) -> str:
    return f" · {error}" if error else ""
