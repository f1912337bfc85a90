"""Sync runs as props of PulseProgress."""

from collections.abc import Iterable, Mapping
from typing import Any

TITLES = {
    "pending": "The first sync is about to start",
    "running": "Reading your delivery data for the first time",
    "failed": "The first sync failed",
    "done": "Data is ready",
}
STORED = ("ok", "partial")
NOTES = {
    "pending": "Questions can be answered as soon as data is here.",
    "running": "You can ask already; answers cover what has been read so far.",
    "done": "Ask away.",
}


def progress_props(state: str, runs: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Props for the state of the first sync and the runs behind it."""
    newest = _newest_per_source(runs)
    failed = [run for run in newest if run.get("status") == "failed"]
    note = " ".join(str(part) for run in failed for part in (run.get("error"), run.get("remedy")) if part) or NOTES.get(state)
    return {"state": state, "title": TITLES.get(state, state), "note": note, "items": [item for run in newest for item in items(run)]}


def _newest_per_source(runs: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    newest: dict[str, Mapping[str, Any]] = {}
    for run in runs:
        newest.setdefault(str(run.get("source")), run)
    return [newest[source] for source in sorted(newest)]


def items(run: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One line per entity; `share` is 0..1 of the repositories, projects or boards that are done."""
    live = (run.get("progress") or {}).get("entities") or {}
    stored = {entity["entity"]: entity for entity in run.get("entities", [])}
    return [_item(name, {**stored.get(name, {}), **live.get(name, {})}, done=run.get("status") in STORED) for name in {**live, **stored}]


def _item(name: str, counts: Mapping[str, Any], *, done: bool) -> dict[str, Any]:
    scopes = counts.get("scopes") or 0
    share = 1.0 if done else (counts.get("scopes_done") or 0) / scopes if scopes else 0.0
    return {"label": name.replace(".", " · ").replace("_", " "), "fetched": counts.get("fetched") or 0, "share": round(share, 3)}
