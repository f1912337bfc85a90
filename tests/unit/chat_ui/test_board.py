"""The ETL board as an element draws it."""

from typing import Any

import pytest

from chat_ui.board import COMMAND, asked_for, board_props, busy

RUN: dict[str, Any] = {
    "run": "r1",
    "source": "github",
    "mode": "incremental",
    "status": "running",
    "state": "running",
    "says": "reading",
    "requested_by": "chat",
    "requested_at": "2026-03-02T09:00Z",
    "started_at": "2026-03-02T09:00Z",
    "finished_at": None,
    "progress": {"fetched": 7, "inserted": 5, "requests": 2, "entities": {"github.tags": {"fetched": 7, "scopes": 4, "scopes_done": 1}}},
    "entities": [],
}
SOURCE: dict[str, Any] = {
    "source": "github",
    "state": "running",
    "says": "reading",
    "run": "r1",
    "paused": False,
    "reason": None,
    "next_at": "2026-03-02T09:15:00+00:00",
    "next": "by its schedule */15 * * * *",
    "synced_to": None,
    "set_aside": 0,
}


@pytest.mark.parametrize(
    ("text", "command", "shown"),
    [("", COMMAND, True), ("/etl", None, True), ("ETL board?", None, True), ("How many syncs failed?", None, False)],
)
def test_the_board_is_asked_for_by_its_command_or_a_word(text: str, command: str | None, shown: bool) -> None:
    """Questions about syncs are still questions."""
    assert asked_for(text, command) is shown


def test_a_running_source_shows_how_far_each_entity_is() -> None:
    """A bar per entity, counts per run, and the button stops the active run."""
    props = board_props({"sources": [SOURCE], "runs": [RUN]}, None)
    assert props["sources"][0]["run"] == "r1"
    assert props["sources"][0]["items"] == [{"label": "github · tags", "fetched": 7, "share": 0.25}]
    assert [props["runs"][0][name] for name in ("at", "fetched", "inserted", "updated", "requests")] == ["2026-03-02T09:00Z", 7, 5, 0, 2]
    assert (props["log"], busy({"runs": [RUN]}), busy({"runs": [{**RUN, "status": "ok"}]})) == (None, True, False)


def test_an_open_log_keeps_its_filters_and_its_cursor() -> None:
    """So that the next page and the export hold to them."""
    log = {
        "wanted": {"run": "r1", "level": "error", "text": None},
        "rows": [["t", "error", "m", "github", "r1"]],
        "next_cursor": "c",
        "total": 1,
    }
    assert board_props({"sources": [], "runs": []}, log, "Done.") == {
        "sources": [],
        "runs": [],
        "log": {"run": "r1", "level": "error", "text": None, "rows": log["rows"], "total": 1, "cursor": "c"},
        "notice": "Done.",
        "health": None,
    }


def test_only_what_wants_a_look_is_shown_of_the_health() -> None:
    """With how many checks there were."""
    well = {"state": "ok", "says": "fresh", "remedy": None, "kind": "lag"}
    bad = {"state": "bad", "says": "0 % linked", "remedy": "Link them.", "kind": "link"}
    props = board_props({"sources": [], "runs": []}, None, health={"findings": [bad, well]})
    assert props["health"] == {"checks": 2, "findings": [{"state": "bad", "says": "0 % linked", "remedy": "Link them."}]}
