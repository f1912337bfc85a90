"""The ETL board as props of PulseBoard; pure."""

from collections.abc import Mapping
from typing import Any

from chat_ui.progress import items
from servers.metrics.health import troubles

COMMAND = "Syncs"
WORDS = ("/etl", "/syncs", "etl", "syncs", "etl board", "etl dashboard", "sync dashboard")
"""What people type to see it."""
BUSY = ("queued", "running")
SAYS_CHARS = 400


def asked_for(text: str, command: str | None) -> bool:
    """Whether a message asks for the board: by the command's button, or by a word for it."""
    return command == COMMAND or text.strip().casefold().rstrip("?!.") in WORDS


def board_props(
    board: Mapping[str, Any], log: Mapping[str, Any] | None, notice: str | None = None, health: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What the element draws: sources with their buttons, live counts, runs, the data's health, and the log where it is open."""
    return {
        "health": _health(health),
        "sources": [_source(one, board["runs"]) for one in board["sources"]],
        "runs": [_run(run) for run in board["runs"]],
        "log": _log(log),
        "notice": notice,
    }


def busy(board: Mapping[str, Any]) -> bool:
    """Whether anything moves, so that the board is drawn again soon."""
    return any(run["status"] in BUSY for run in board["runs"])


def _source(one: Mapping[str, Any], runs: list[Mapping[str, Any]]) -> dict[str, Any]:
    active = next((run for run in runs if run["run"] == one["run"]), None)
    running = active is not None and active["status"] == "running"
    return {
        "source": one["source"],
        "state": one["state"],
        "says": one["says"][:SAYS_CHARS],
        "run": one["run"],
        "paused": one["paused"],
        "reason": one["reason"],
        "next_at": one["next_at"],
        "next": one["next"],
        "synced_to": one["synced_to"],
        "set_aside": one["set_aside"],
        "items": items(active) if active is not None and running else [],
    }


def _run(run: Mapping[str, Any]) -> dict[str, Any]:
    counted = run.get("progress") or {}
    names = ("fetched", "inserted", "updated", "deleted", "requests")
    return {
        **{name: run[name] for name in ("run", "source", "mode", "status", "state", "requested_by")},
        "says": run["says"][:SAYS_CHARS],
        "at": run["started_at"] or run["requested_at"],
        "ended": run["finished_at"],
        **{name: counted.get(name) or 0 for name in names},
    }


def _log(log: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The open page of the log; each line as at, level, message, source, run."""
    if log is None:
        return None
    return {**log["wanted"], "rows": log["rows"], "total": log.get("total"), "cursor": log.get("next_cursor")}


def _health(health: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What wants a look, and how much was looked at."""
    if health is None:
        return None
    wrong = [{name: one[name] for name in ("state", "says", "remedy")} for one in troubles(health)]
    return {"checks": len(health["findings"]), "findings": wrong}
