"""Job control, live progress and the run log over real HTTP."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from store.clock import wall_clock
from store.database import Database
from store.tables.operations import run_log, sync_run
from store.tables.raw import quarantine
from tests.database.gateway.conftest import AT, Door, store_run

pytestmark = pytest.mark.timeout(15)


async def test_runs_and_their_log_can_be_read(door: Door) -> None:
    """The list, one run, and its log lines filtered by words."""
    await store_run(door.db, "r1")
    assert [run["run"] for run in (await door.http.get("/api/v1/sync/runs")).json()] == ["r1"]
    assert (await door.http.get("/api/v1/sync/runs/r1")).json()["status"] == "ok"
    log = (await door.http.get("/api/v1/sync/runs/r1/logs", params={"text": "pages"})).json()
    assert [row[2] for row in log["rows"]] == ["read 3 pages"]


async def test_a_sync_is_started_once_and_cancelled(door: Door) -> None:
    """A second start names the run that waits already; a cancelled one ends at once while it waits."""
    first = await door.http.post("/api/v1/sync/runs", json={"source": "github"})
    again = await door.http.post("/api/v1/sync/runs", json={"source": "github", "full": True})
    run = first.json()["run"]
    assert (first.status_code, first.json()["state"], again.json()["run"]) == (202, "waiting", run)
    assert (await door.http.post(f"/api/v1/sync/runs/{run}/cancel")).json()["state"] == "stopped"
    assert (await door.http.post("/api/v1/sync/runs/none/cancel")).status_code == 404


async def test_a_reconcile_is_asked_for_by_the_same_word(door: Door) -> None:
    """It reads what changed and compares the rest, so it goes with neither of the other ways of reading."""
    both = await door.http.post("/api/v1/sync/runs", json={"source": "github", "reconcile": True, "full": True})
    asked = await door.http.post("/api/v1/sync/runs", json={"source": "github", "reconcile": True})
    async with door.db.connect() as connection:
        runs = (await connection.execute(select(sync_run.c.mode, sync_run.c.arguments["reconcile"]))).all()
    assert (both.status_code, asked.status_code, [tuple(run) for run in runs]) == (422, 202, [("reconcile", True)])


async def test_an_instant_without_a_zone_is_taken_as_utc(door: Door) -> None:
    """The worker compares it with instants that have one; everything and since a day exclude each other."""
    asked = await door.http.post("/api/v1/sync/runs", json={"source": "github", "since": "2026-02-20T00:00:00"})
    both = await door.http.post("/api/v1/sync/runs", json={"source": "github", "since": "2026-02-20", "full": True})
    async with door.db.connect() as connection:
        since = await connection.scalar(select(sync_run.c.arguments["since"]))
    assert (asked.status_code, since, both.status_code) == (202, "2026-02-20T00:00:00+00:00", 422)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("runs/%00", 422), ("runs/%00/logs", 422), ("logs?text=%00", 422), ("logs?cursor=abc", 422), ("logs?cursor=WyJ4Il0", 422),
        ("quarantine/99999999999999999999", 422), ("quarantine?cursor=WzEsMl0", 422), ("runs/none/logs", 404), ("logs/export?run=none", 404),
    ],
)  # fmt: skip
async def test_a_name_that_nothing_can_have_is_the_askers_fault(door: Door, path: str, status: int) -> None:
    """NUL, numbers beyond 64 bits and cursors of other lists are told as such; a log of no run is no empty log."""
    answer = await door.http.get(f"/api/v1/sync/{path}")
    assert (answer.status_code, bool(answer.json()["detail"])) == (status, True)


async def test_a_schedule_is_paused_and_resumed(door: Door) -> None:
    """Sources that were read have a schedule; a paused one says so and has no next time."""
    await store_run(door.db, "r1")
    [paused] = (await door.http.patch("/api/v1/sync/schedules/github", json={"paused": True, "cron": "5 * * * *"})).json()
    assert (paused["paused"], paused["next_at"], paused["cron"]) == (True, None, "5 * * * *")
    [resumed] = (await door.http.patch("/api/v1/sync/schedules/github", json={"paused": False})).json()
    assert (resumed["paused"], resumed["next"], (await door.http.get("/api/v1/sync/schedules")).json()) == (
        False,
        "by its schedule 5 * * * *",
        [resumed],
    )
    assert (await door.http.patch("/api/v1/sync/schedules/github", json={"cron": "soon"})).status_code == 422


async def _moves(db: Database, run: str, **values: Any) -> None:
    """A worker writes a page and tells of it."""
    async with db.begin() as connection:
        await connection.execute(sync_run.update().where(sync_run.c.id == run).values(heartbeat_at=wall_clock(), **values))
        await connection.execute(text("select pg_notify('pulse_sync', '{}')"))


async def test_a_socket_tells_of_a_run_as_soon_as_it_moves(door: Door) -> None:
    """The state comes at once, then again after each change, and versions only grow."""
    async with connect(f"{door.url.replace('http', 'ws')}/api/v1/sync/stream", proxy=None) as socket:
        assert json.loads(await socket.recv()) == {"version": 0, "runs": [], "ended": False}
        await store_run(door.db, "r1", status="running")
        await _moves(door.db, "r1", progress={"fetched": 3})
        first = json.loads(await socket.recv())
        await _moves(door.db, "r1", progress={"fetched": 6})
        second = json.loads(await socket.recv())
    assert [message["runs"][0]["progress"]["fetched"] for message in (first, second)] == [3, 6]
    assert 0 < first["version"] < second["version"]


@pytest.mark.parametrize("run", ["r9", "%00"])
async def test_a_socket_of_a_run_nobody_knows_is_closed(door: Door, run: str) -> None:
    """It would never end otherwise."""
    async with connect(f"{door.url.replace('http', 'ws')}/api/v1/sync/stream?run={run}", proxy=None) as socket:
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert socket.close_code == 4404


async def test_events_of_a_run_end_with_its_final_state(door: Door) -> None:
    """Server-sent events for whoever cannot open a socket: `runs` while it moves, `end` when it is over."""
    await store_run(door.db, "r1", status="running")

    async def finish() -> None:
        await asyncio.sleep(0)
        await _moves(door.db, "r1", status="ok", finished_at=wall_clock())

    async with door.http.stream("GET", "/api/v1/sync/stream", params={"run": "r1"}) as answer:
        lines = answer.aiter_lines()
        assert [await anext(lines) for _ in range(1)] == ["event: runs"]
        await finish()
        rest = [line async for line in lines]
    assert rest.count("event: end") == 1
    assert json.loads(rest[rest.index("event: end") + 1].removeprefix("data: "))["runs"][0]["state"] == "done"


async def test_a_client_that_comes_back_hears_only_what_it_missed(door: Door) -> None:
    """The version it saw last is not sent again; the end it missed is."""
    await store_run(door.db, "r1", status="running")
    async with door.http.stream("GET", "/api/v1/sync/stream", params={"run": "r1"}) as answer:
        block = [line async for line in _first(answer, 3)]
    seen = next(line.removeprefix("id: ") for line in block if line.startswith("id: "))
    await _moves(door.db, "r1", status="failed", error="The source is down.", finished_at=wall_clock())
    again = await door.http.get("/api/v1/sync/stream", params={"run": "r1"}, headers={"Last-Event-ID": seen})
    assert (again.text.count("event: runs"), again.text.count("event: end")) == (0, 1)
    assert (await door.http.get("/api/v1/sync/stream", params={"run": "none"})).status_code == 404


async def _first(answer: Any, count: int) -> Any:
    lines = answer.aiter_lines()
    for _ in range(count):
        yield await anext(lines)


async def test_the_log_of_all_runs_is_filtered_searched_and_paged(door: Door) -> None:
    """Newest first; a filter keeps its total; the cursor goes on behind the last line."""
    await store_run(door.db, "r1")
    await store_run(door.db, "j1", source="jira")
    async with door.db.begin() as connection:
        lines = [{"run_id": "r1", "at": AT, "level": "warning", "message": f"waited {number}"} for number in range(120)]
        await connection.execute(insert(run_log), lines)
    page = (await door.http.get("/api/v1/sync/logs", params={"source": "github", "level": "warning", "text": "WAITED"})).json()
    rest = (await door.http.get("/api/v1/sync/logs", params={"level": "warning", "cursor": page["next_cursor"]})).json()
    assert (page["total"], len(page["rows"]), len(rest["rows"]), page["rows"][0][2], rest["rows"][-1][2]) == (
        120, 100, 20, "waited 119", "waited 0",
    )  # fmt: skip
    assert (await door.http.get("/api/v1/sync/logs", params={"run": "j1"})).json()["total"] == 1
    assert (await door.http.get("/api/v1/sync/logs", params={"level": "loud"})).status_code == 422


async def test_the_log_is_exported_as_a_file_that_a_spreadsheet_does_not_run(door: Door) -> None:
    """CSV with a header, JSON one object per line; a message that begins like a formula is text."""
    await store_run(door.db, "r1")
    async with door.db.begin() as connection:
        await connection.execute(insert(run_log).values(run_id="r1", at=AT, level="error", message="=HYPERLINK(1)", context={"n": 1}))
    table = await door.http.get("/api/v1/sync/logs/export")
    assert table.headers["content-disposition"] == 'attachment; filename="pulse-run-log.csv"'
    assert table.text.splitlines() == [
        "at,level,message,source,run",
        "2026-03-02T09:00:00+00:00,info,read 3 pages,github,r1",
        "2026-03-02T09:00:00+00:00,error,'=HYPERLINK(1),github,r1",
    ]
    lines = (await door.http.get("/api/v1/sync/logs/export", params={"format": "jsonl", "level": "error"})).text.splitlines()
    assert [json.loads(line)["context"] for line in lines] == [{"n": 1}]


async def test_log_lines_are_deleted_by_age(door: Door) -> None:
    """Only those older than was said; the run stays. An age is needed."""
    await store_run(door.db, "r1")
    async with door.db.begin() as connection:
        young = wall_clock() - timedelta(days=5)
        await connection.execute(insert(run_log).values(run_id="r1", at=young, level="info", message="young"))
    assert (await door.http.delete("/api/v1/sync/logs")).status_code == 422
    assert (await door.http.delete("/api/v1/sync/logs", params={"older_than_days": 6})).json() == {"deleted": 1}
    left = (await door.http.get("/api/v1/sync/runs/r1/logs")).json()
    assert [row[2] for row in left["rows"]] == ["young"]


async def test_records_that_were_set_aside_are_shown_with_their_payload_and_tried_again(door: Door) -> None:
    """The list names the reason, one record its payload; the retry is a job for a worker."""
    async with door.db.begin() as connection:
        place = {"site": "jira@x", "entity": "jira.issues", "external_id": "7", "reason": "it has no key", "at": AT}
        await connection.execute(insert(quarantine).values(**place, payload={"id": 7}))
    [row] = (await door.http.get("/api/v1/sync/quarantine", params={"source": "jira"})).json()["rows"]
    assert row[2:5] == ["jira.issues", "7", "it has no key"]
    assert (await door.http.get(f"/api/v1/sync/quarantine/{row[0]}")).json()["payload"] == {"id": 7}
    assert (await door.http.get("/api/v1/sync/quarantine/0")).status_code == 404
    assert (await door.http.post("/api/v1/sync/quarantine/retry")).status_code == 202
