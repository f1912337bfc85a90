"""The engine: pages and bookmarks land together, and a second run reads only what changed."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from etl.catalogue import Declared
from etl.entity import RecordError
from etl.holding import hold
from etl.plan import plan
from etl.progress import ProgressEvent
from etl.prove import prove
from etl.quarantine import retry
from etl.replay import replay
from etl.runs import AlreadyRunning, cancel
from etl.sync import sync
from store.clock import wall_clock
from store.config import Backfill, PulseConfig
from store.database import Database, connect
from store.settings import Settings
from store.tables.delivery import release
from store.tables.operations import run_log, sync_run, sync_run_entity
from store.tables.raw import checkpoint, quarantine, raw_record

Upstream = Any
Declare = Callable[..., Callable[[Any], Declared]]


async def _tags(db: Any) -> list[str]:
    async with db.connect() as connection:
        return list((await connection.scalars(select(release.c.tag).order_by(release.c.tag))).all())


async def _rows(db: Any, table: Any) -> list[dict[str, Any]]:
    async with db.connect() as connection:
        return [dict(row) for row in (await connection.execute(select(table))).mappings()]


async def test_a_first_sync_stores_every_record_with_its_payload_and_bookmark(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """Raw records, rows, checkpoint, run and counts agree after a complete pass."""
    result = await sync(settings, db, sources=["github"], declared=declare(upstream.entity()))
    counts = result.as_dict()["entities"][0]
    assert (result.status, counts["fetched"], counts["inserted"], counts["unchanged"]) == ("ok", 10, 10, 0)
    assert await _tags(db) == sorted(f"v{number}" for number in range(10))
    [mark] = await _rows(db, checkpoint)
    assert (mark["cursor"], mark["complete_to_at"], mark["covered_from_at"].year) == (None, upstream.clock, 1970)
    [run] = await _rows(db, sync_run)
    assert (run["status"], run["progress"]["fetched"]) == ("ok", 10)
    assert [row["inserted"] for row in await _rows(db, sync_run_entity)] == [10]
    assert len(await _rows(db, raw_record)) == 10
    assert len(await _rows(db, run_log)) >= 4


@pytest.mark.timeout(20)
async def test_a_first_sync_reads_as_far_back_as_backfill_says(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """Older records are left out and not claimed to be known; what only follows up on stored rows is read whole; a full sync reads all."""
    settings = settings.with_config(PulseConfig(backfill=Backfill(github_days=30)))
    for number in range(5):
        upstream.records[number]["updated"] = "2020-01-01T00:00:00+00:00"
    upstream.clock = wall_clock()
    for number in range(5, 10):
        upstream.put(number)
    windowed, whole = (
        upstream.entity(dated=lambda raw: str(raw["updated"])),
        replace(upstream.entity(follows_up=True), name="github.others"),
    )
    result = await sync(settings, db, sources=["github"], declared=declare(windowed))
    [mark] = await _rows(db, checkpoint)
    assert (result.entities[0].fetched, (wall_clock() - mark["covered_from_at"]).days) == (5, 30)
    [proof] = await prove(settings, db, sources=["github"], declared=declare(windowed))
    assert (proof.equal, proof.compared) == (True, 5)
    assert (await sync(settings, db, sources=["github"], declared=declare(whole))).entities[0].fetched == 10
    assert (await sync(settings, db, sources=["github"], full=True, declared=declare(windowed))).entities[0].inserted == 5


async def test_a_second_sync_asks_from_the_servers_clock_minus_the_overlap_and_writes_nothing(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """An unchanged record writes no row, so its version in the table stays."""
    declared = declare(upstream.entity(overlap_s=120))
    await sync(settings, db, sources=["github"], declared=declared)
    before = await _versions(db)
    result = await sync(settings, db, sources=["github"], declared=declared)
    assert upstream.positions[1].since == "2026-03-01T00:08:00+00:00"
    assert (result.entities[0].inserted, result.entities[0].updated, result.entities[0].unchanged) == (0, 0, 3)
    assert await _versions(db) == before


async def test_asking_from_a_later_day_on_leaves_no_gap_behind_where_the_last_sync_stopped(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """What changed between the two is read too, and all that was known stays known."""
    declared = declare(upstream.entity())
    await sync(settings, db, sources=["github"], declared=declared)
    upstream.put(10)
    await sync(settings, db, sources=["github"], since=upstream.clock + timedelta(days=900), declared=declared)
    [mark] = await _rows(db, checkpoint)
    assert (len(await _tags(db)), mark["covered_from_at"].year) == (11, 1970)


async def _versions(db: Any) -> list[tuple[str, int]]:
    async with db.connect() as connection:
        found = await connection.execute(
            text(
                "select id, xmin::text::bigint from release union all select external_id, xmin::text::bigint from raw_record order by 1, 2"
            )
        )
        return [tuple(row) for row in found]


async def test_a_sync_that_broke_off_goes_on_at_the_page_it_had_not_stored(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """The third page fails: two pages are stored, and the next run starts at the third."""
    upstream.fail_at_page = 3
    declared = declare(upstream.entity())
    broken = await sync(settings, db, sources=["github"], declared=declared)
    assert (broken.status, broken.entities[0].fetched, broken.entities[0].error) == ("failed", 6, "The invented source is down.")
    mended = await sync(settings, db, sources=["github"], declared=declared)
    assert (mended.status, mended.entities[0].fetched) == ("ok", 4)
    assert upstream.positions[1].cursor == {"offset": 6}
    assert len(await _tags(db)) == 10


async def test_a_record_that_cannot_be_understood_is_set_aside_and_the_page_goes_on(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """Quarantine keeps the payload and the reason; once it is mended, the entry is resolved."""
    upstream.put(4, broken=True)
    declared = declare(upstream.entity())
    first = await sync(settings, db, sources=["github"], declared=declared)
    [aside] = await _rows(db, quarantine)
    assert (first.entities[0].quarantined, aside["reason"], aside["payload"]["id"], aside["resolved_at"]) == (1, "it is broken", 4, None)
    upstream.put(4)
    await sync(settings, db, sources=["github"], declared=declared)
    [aside] = await _rows(db, quarantine)
    assert aside["resolved_at"] is not None
    assert len(await _tags(db)) == 10


@pytest.mark.parametrize("poison", [{"tag": 7}, {"tag": "a\x00b"}, {"tag": "\ud800"}, {"id": None}, {"tag": ["list"]}])
async def test_poison_never_stops_a_page(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare, poison: dict[str, Any]
) -> None:
    """Wrong types are set aside, text that PostgreSQL cannot hold is cleaned; the other nine records are stored."""
    upstream.records[5] = {**upstream.records[5], **poison}
    result = await sync(settings, db, sources=["github"], declared=declare(upstream.entity()))
    assert result.status == "ok"
    assert {"v4", "v6"} <= set(await _tags(db))
    assert result.entities[0].inserted + result.entities[0].quarantined == 10


async def test_a_record_whose_time_of_change_cannot_be_read_is_set_aside(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """It must not end the pass: the source sends it again and again."""

    def version(raw: dict[str, Any]) -> str:
        if raw["id"] == 5:
            raise RecordError("the member 'updated' should be an instant")
        return str(raw["updated"])

    result = await sync(settings, db, sources=["github"], declared=declare(upstream.entity(version=version)))
    [aside] = await _rows(db, quarantine)
    assert (result.status, result.entities[0].inserted, result.entities[0].quarantined) == ("ok", 9, 1)
    assert (aside["external_id"], aside["reason"]) == ("5", "the member 'updated' should be an instant")


async def test_a_record_that_was_never_seen_may_find_its_rows_in_place(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """Its raw record was deleted by age, or somebody emptied that table: the rows are brought up to date, not refused."""
    declared = declare(upstream.entity())
    await sync(settings, db, sources=["github"], declared=declared)
    async with db.begin() as connection:
        await connection.execute(text("truncate raw_record"))
    upstream.put(3, tag="renamed")
    again = await sync(settings, db, sources=["github"], full=True, declared=declared)
    assert (again.entities[0].inserted, again.entities[0].quarantined) == (10, 0)
    assert sorted(await _tags(db)) == sorted(["renamed", *(f"v{number}" for number in range(10) if number != 3)])


async def test_a_complete_pass_removes_what_the_source_no_longer_has_and_finds_it_again(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """Only a full read that saw everything proves a deletion."""
    declared = declare(upstream.entity())
    await sync(settings, db, sources=["github"], declared=declared)
    gone = upstream.records.pop(9)
    quiet = await sync(settings, db, sources=["github"], declared=declared)
    assert (quiet.entities[0].deleted, len(await _tags(db))) == (0, 10)
    full = await sync(settings, db, sources=["github"], full=True, declared=declared)
    assert (full.entities[0].deleted, len(await _tags(db))) == (1, 9)
    upstream.records[9] = gone
    back = await sync(settings, db, sources=["github"], full=True, declared=declared)
    assert (back.entities[0].updated, len(await _tags(db))) == (1, 10)


async def test_a_full_read_that_failed_half_way_deletes_nothing(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """A pass that was resumed has not seen everything itself."""
    declared = declare(upstream.entity())
    await sync(settings, db, sources=["github"], declared=declared)
    upstream.fail_at_page = upstream.pages_read + 2
    await sync(settings, db, sources=["github"], full=True, declared=declared)
    resumed = await sync(settings, db, sources=["github"], full=True, declared=declared)
    assert (resumed.status, resumed.entities[0].deleted, len(await _tags(db))) == ("ok", 0, 10)


async def test_an_old_page_does_not_overwrite_a_newer_record(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """A page that was delayed brings an older version; the newer one stays."""
    declared = declare(upstream.entity(version=lambda raw: raw["updated"]))
    await sync(settings, db, sources=["github"], declared=declared)
    upstream.records[3] = {**upstream.records[3], "tag": "old", "updated": "2020-01-01T00:00:00+00:00"}
    await sync(settings, db, sources=["github"], full=True, declared=declared)
    assert "old" not in await _tags(db)


async def test_a_record_that_was_set_aside_is_stored_once_it_is_understood(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """After a mapping was mended the payload is read again without asking the source; what still cannot be read stays aside."""
    upstream.put(3, broken="until mended")
    upstream.put(4, broken=True)
    upstream.records[99] = {"tag": "without an id", "updated": upstream.clock.isoformat()}
    declared = declare(upstream.entity())
    await sync(settings, db, sources=["github"], declared=declared)
    async with db.begin() as connection:
        await connection.execute(text("update quarantine set payload = payload - 'broken' where external_id = '3'"))
    [retried] = await retry(settings, db, sources=["github"], declared=declared)
    assert (retried.tried, retried.stored, len(await _tags(db))) == (3, 1, 9)
    assert {row["external_id"]: row["resolved_at"] is None for row in await _rows(db, quarantine)} == {"3": False, "4": True, None: True}


async def test_a_run_that_is_cancelled_stops_at_the_border_of_a_page(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """What was read is stored; the next run goes on."""
    declared = declare(upstream.entity())

    async def stop(event: ProgressEvent) -> None:
        if event.phase == "started":
            await cancel(db, event.run)

    result = await sync(settings, db, sources=["github"], declared=declared, progress=stop)
    assert (result.status, len(await _tags(db))) == ("cancelled", 3)
    assert (await sync(settings, db, sources=["github"], declared=declared)).status == "ok"
    assert len(await _tags(db)) == 10


async def test_a_second_sync_of_the_same_source_is_refused_and_names_the_running_one(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """One running sync per source, whoever starts it."""
    async with hold(db, "github", "run-a", mode="full", by=None, arguments={}):
        with pytest.raises(AlreadyRunning, match="run-a"):
            await sync(settings, db, sources=["github"], declared=declare(upstream.entity()))


async def test_fifty_starts_at_once_make_one_run(db: Database, settings: Settings, upstream: Upstream, declare: Declare) -> None:
    """Double clicks, a scheduler and a person: one of them runs, the others are told which."""
    declared = declare(upstream.entity())
    ended = await asyncio.gather(*(sync(settings, db, sources=["github"], declared=declared) for _ in range(8)), return_exceptions=True)
    ran = [one for one in ended if not isinstance(one, BaseException)]
    assert len(ran) >= 1
    assert all(isinstance(one, AlreadyRunning) for one in ended if isinstance(one, BaseException))
    assert len(await _tags(db)) == 10


async def test_a_process_that_lost_its_run_writes_nothing_any_more(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """The epoch is checked inside each page's transaction: a zombie's page is rolled back."""
    declared = declare(upstream.entity())

    async def take_over(event: ProgressEvent) -> None:
        if event.phase == "page":
            async with db.begin() as connection:
                await connection.execute(sync_run.update().values(epoch=99))

    result = await sync(settings, db, sources=["github"], declared=declared, progress=take_over)
    assert (result.status, len(await _tags(db))) == ("failed", 3)


async def test_a_run_whose_process_died_is_ended_by_the_next_one(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """The lock of a dead process is free, so nobody waits for its heartbeat."""
    async with db.begin() as connection:
        values = {
            "id": "run-dead",
            "source": "github",
            "mode": "full",
            "status": "running",
            "requested_at": func.now(),
            "heartbeat_at": func.now(),
        }
        await connection.execute(sync_run.insert().values(values))
    result = await sync(settings, db, sources=["github"], declared=declare(upstream.entity()))
    ended = {row["id"]: row["status"] for row in await _rows(db, sync_run)}
    assert ended == {"run-dead": "failed", result.run: "ok"}


async def test_a_proof_names_what_is_missing_different_or_gone(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """Everything is read again and compared; nothing is written."""
    declared = declare(upstream.entity())
    await sync(settings, db, sources=["github"], declared=declared)
    [equal] = await prove(settings, db, sources=["github"], declared=declared)
    upstream.put(10)
    upstream.put(3)
    del upstream.records[9]
    [unequal] = await prove(settings, db, sources=["github"], declared=declared)
    assert (equal.equal, equal.compared) == (True, 10)
    assert (unequal.equal, unequal.missing, unequal.different, unequal.ghosts) == (False, ["10"], ["3"], ["9"])
    assert len(await _rows(db, raw_record)) == 10


async def test_a_plan_tells_how_each_entity_would_be_read(db: Database, settings: Settings, upstream: Upstream, declare: Declare) -> None:
    """Nothing is asked of the source: the first read is complete, the next one takes changes, a broken-off one goes on."""
    declared = declare(upstream.entity(overlap_s=120))
    [first] = await plan(settings, db, sources=["github"], declared=declared)
    upstream.fail_at_page = 2
    await sync(settings, db, sources=["github"], declared=declared)
    [broken] = await plan(settings, db, sources=["github"], declared=declared)
    await sync(settings, db, sources=["github"], declared=declared)
    [later] = await plan(settings, db, sources=["github"], declared=declared)
    assert [first.mode, broken.mode, later.mode] == ["full", "resume", "incremental"]
    assert (later.records_stored, later.requests_at_most, later.since) == (10, 1, "2026-03-01T00:08:00+00:00")
    assert upstream.pages_read == 5


async def test_rows_are_made_again_from_raw_records_with_what_was_deleted(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """A replay asks the source nothing and brings no deleted record back."""
    declared = declare(upstream.entity())
    await sync(settings, db, sources=["github"], declared=declared)
    del upstream.records[9]
    await sync(settings, db, sources=["github"], full=True, declared=declared)
    before, read = await _tags(db), upstream.pages_read
    async with db.begin() as connection:
        await connection.execute(release.delete())
    [made] = await replay(settings, db, sources=["github"], declared=declared)
    assert (made.records, await _tags(db), upstream.pages_read) == (9, before, read)


async def test_a_database_that_drops_its_connections_costs_no_page(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare, database_url: str
) -> None:
    """Every connection is cut after each of the first pages, as a restart does; the sync waits and goes on."""
    cut: list[int] = []

    async def restart(event: ProgressEvent) -> None:
        if event.phase == "page" and len(cut) < 3:
            other = await connect(database_url)
            ended = "select count(pg_terminate_backend(pid)) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()"
            cut.append(await other.fetchval(ended))
            await other.close()

    result = await sync(settings, db, sources=["github"], declared=declare(upstream.entity()), progress=restart)
    assert (result.status, len(cut), sum(cut) >= 3) == ("ok", 3, True)
    assert len(await _tags(db)) == 10
