"""The ETL board and its buttons on a real store."""

import pytest
from sqlalchemy import insert, text

from etl.derive.refresh import refresh
from gateway.etl_board import control, log
from gateway.mappings import press
from gateway.sync_requests import QueuedSyncs
from store.errors import InvalidQuestion, NotFound
from store.settings import Settings
from store.tables.people import identity
from tests.database.gateway.conftest import Door, store_run

pytestmark = pytest.mark.timeout(15)


async def test_the_board_shows_sources_schedules_and_runs(door: Door) -> None:
    """One document: what runs, what comes next, how fresh the data is."""
    await store_run(door.db, "r1", status="failed", failure="attention", error="GitHub refuses.", remedy="Make a new token.")
    board = (await door.http.get("/api/v1/dashboards/etl")).json()
    [github] = board["sources"]
    assert (github["source"], github["state"], github["paused"], github["run"], github["set_aside"]) == (
        "github", "needs_attention", False, None, 0,
    )  # fmt: skip
    assert github["says"] == "needs attention: GitHub refuses. Make a new token."
    assert [run["run"] for run in board["runs"]] == ["r1"]


async def test_each_button_does_what_it_says(door: Door) -> None:
    """Start, pause, resume, stop, delete old lines; anything else is refused."""
    await store_run(door.db, "r1")
    syncs = QueuedSyncs(door.db)
    assert (await control(door.db, syncs, "start", target="github", by="chat")).endswith("reads github.")
    await control(door.db, syncs, "pause", target="github", by="chat")
    [github] = (await door.http.get("/api/v1/dashboards/etl")).json()["sources"]
    assert (github["state"], github["paused"]) == ("waiting", True)
    assert await control(door.db, syncs, "cancel", target=github["run"], by="chat") == f"{github['run']} is cancelled."
    await control(door.db, syncs, "resume", target="github", by="chat")
    assert await control(door.db, syncs, "delete_log", target="30", by="chat") == "1 lines older than 30 days are deleted."
    with pytest.raises(NotFound):
        await control(door.db, syncs, "cancel", target="none", by="chat")
    for do, target in (("drop", "github"), ("start", "gitlab"), ("delete_log", "0")):
        with pytest.raises(InvalidQuestion):
            await control(door.db, syncs, do, target=target, by="chat")


async def test_the_log_beside_the_board_ignores_a_level_that_does_not_exist(door: Door) -> None:
    """What a page sends is a wish, not a command."""
    await store_run(door.db, "r1")
    page = await log(door.db, run="r1", level="loud", text=None, cursor=None)
    assert [row[2] for row in page["rows"]] == ["read 3 pages"]


async def test_mappings_are_decided_over_rest_and_by_buttons(door: Door) -> None:
    """A decision queues one refresh of the facts, however many follow; an unknown proposal is refused."""
    assert (await door.http.get("/api/v1/mappings")).json() == []
    refused = await door.http.post("/api/v1/mappings/decisions", json={"proposal": "identity|a|b", "decision": "accepted"})
    assert (refused.status_code, (await door.http.post("/api/v1/mappings/decisions/none/undo")).status_code) == (404, 404)
    same = {"external_id": "1", "display_name": "Ana Lima"}
    accounts = [{**same, "id": f"{source}:user:1", "site": source, "source": source} for source in ("github", "jira")]
    async with door.db.begin() as connection:
        await connection.execute(insert(identity), accounts)
    await refresh(door.db, Settings(_env_file=None))
    [proposal] = (await door.http.get("/api/v1/mappings")).json()
    done = (await door.http.post("/api/v1/mappings/decisions", json={"proposal": proposal["id"], "decision": "accepted"})).json()
    assert (await press(door.db, "undo", done["id"], by="chat")).startswith("Taken back: Ana Lima at github")
    assert (await press(door.db, "rejected", proposal["id"], by="chat")).startswith("Rejected: Ana Lima at github")
    with pytest.raises(InvalidQuestion):
        await press(door.db, "maybe", proposal["id"], by="chat")
    assert [one["decision"] for one in (await door.http.get("/api/v1/mappings/decisions")).json()] == ["rejected", "accepted"]
    async with door.db.connect() as connection:
        queued = await connection.scalar(text("select count(*) from jobs.procrastinate_jobs where task_name = 'refresh_facts'"))
    assert queued == 1
