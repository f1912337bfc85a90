"""Runs that somebody asked for: one at a time, cancelled, paused, taken over."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr
from sqlalchemy import select, text

from etl import schedule
from etl.announce import announcer
from etl.catalogue import Declared
from etl.enqueue import request_sync
from etl.holding import hold
from etl.jobs.sync import run_sync
from etl.progress import ProgressEvent
from etl.runs import AlreadyRunning, Withdrawn, cancel, still_wanted
from etl.sync import sync
from gateway.first_sync import due_at_start
from servers.records.runs import runs
from store.clock import wall_clock
from store.database import Database
from store.errors import ConfigurationError, DatabaseUnavailable, InvalidQuestion, NotFound
from store.events import make_events
from store.queue import JobRun
from store.settings import Settings
from store.tables.operations import sync_run

Upstream = Any
Declare = Callable[..., Callable[[Any], Declared]]


async def _run(db: Database, run: str) -> dict[str, Any]:
    async with db.connect() as connection:
        return (await runs(connection, run=run))[0]


async def _queued(db: Database) -> int:
    async with db.connect() as connection:
        return int(await connection.scalar(text("select count(*) from jobs.procrastinate_jobs where task_name = 'sync'")) or 0)


async def test_fifty_requests_at_once_are_one_run(db: Database) -> None:
    """Double clicks, tools and a schedule: one run is queued, the others are told which."""
    asked = await asyncio.gather(*(request_sync(db, "github", by="test") for _ in range(50)))
    assert (len({one.run for one in asked}), sum(one.fresh for one in asked), await _queued(db)) == (1, 1, 1)
    other = await request_sync(db, "jira", by="test")
    assert (other.fresh, other.run != asked[0].run) == (True, True)


async def test_a_run_whose_process_is_gone_does_not_stand_in_the_way(db: Database) -> None:
    """Nobody writes for it and no job will: the next request begins a run of its own."""
    async with db.begin() as connection:
        silent = wall_clock() - timedelta(minutes=5)
        await connection.execute(
            sync_run.insert().values(id="dead", source="github", mode="full", status="running", requested_at=silent, heartbeat_at=silent)
        )
    asked = await request_sync(db, "github", by="test")
    assert (asked.fresh, (await _run(db, "dead"))["status"]) == (True, "failed")


async def test_a_run_cancelled_while_it_waits_never_begins(db: Database) -> None:
    """The worker that takes its job finds it withdrawn."""
    asked = await request_sync(db, "github", by="test")
    assert await cancel(db, asked.run) == "cancelled"
    with pytest.raises(Withdrawn):
        async with hold(db, "github", asked.run, mode="full", by=None, arguments={}):
            pass
    assert (await _run(db, asked.run))["state"] == "stopped"


async def test_a_run_whose_process_fell_silent_is_cancelled_at_once(db: Database) -> None:
    """It reaches no further page at which it could stop; what still comes of it is not written."""
    asked = await request_sync(db, "github", by="test")
    async with hold(db, "github", asked.run, mode="full", by=None, arguments={}) as run:
        assert await cancel(db, asked.run) == "running"
        async with db.begin() as connection:
            silent = wall_clock() - timedelta(minutes=1)
            await connection.execute(sync_run.update().values(heartbeat_at=silent, cancel_requested=False))
        assert await cancel(db, asked.run) == "cancelled"
        await run.finish("ok")
    assert (await _run(db, asked.run))["state"] == "stopped"


async def test_a_run_that_a_worker_without_settings_takes_needs_attention(db: Database, settings: Settings) -> None:
    """It would wait for ever, since nobody tries again."""
    asked = await request_sync(db, "github", by="test")
    with pytest.raises(ConfigurationError):
        await run_sync(JobRun(1, 1, settings, db), source="github", run_id=asked.run)
    told = await _run(db, asked.run)
    assert (told["state"], "set GITHUB_TOKEN" in told["says"], "other settings" in told["says"]) == ("needs_attention", True, True)


async def test_what_is_paused_or_has_its_worker_is_not_read_at_start(db: Database, settings: Settings) -> None:
    """`pulse up` neither overrules a person nor breaks off a run that was asked for."""
    secret = SecretStr("x" * 40)
    both = settings.model_copy(
        update={
            "github_token": secret, "github_org": "acme", "jira_base_url": "https://acme.atlassian.net", "jira_email": "a@acme.example",
            "jira_api_token": secret,
        }
    )  # fmt: skip
    assert await due_at_start(both, db) == ["github", "jira"]
    await request_sync(db, "github", by="test")
    async with db.begin() as connection:
        await schedule.change(connection, "jira", by="test", paused=True)
    assert await due_at_start(both, db) == []


async def test_the_word_that_all_runs_begin_with_stops_none(db: Database) -> None:
    """Whoever types it instead of an id would have stopped everything that runs."""
    asked = await request_sync(db, "github", by="test")
    with pytest.raises(NotFound):
        await cancel(db, "run")
    assert (await _run(db, asked.run))["state"] == "waiting"


async def test_a_run_whose_worker_ends_is_paused_and_goes_on_with_its_counts(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """SIGTERM in the middle: the next worker takes the same run on, and its counts never fall."""
    declared = declare(upstream.entity())
    asked = await request_sync(db, "github", by="test")
    reading = asyncio.Event()

    async def stop_after_a_page(event: ProgressEvent) -> None:
        if event.phase == "page":
            reading.set()
            await asyncio.Event().wait()

    first = asyncio.create_task(
        sync(settings, db, sources=["github"], run_id=asked.run, durable=True, declared=declared, progress=stop_after_a_page)
    )
    await reading.wait()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    paused = await _run(db, asked.run)
    assert (paused["status"], paused["state"], paused["progress"]["fetched"]) == ("queued", "paused", 3)
    result = await sync(settings, db, sources=["github"], run_id=asked.run, durable=True, declared=declared)
    done = await _run(db, asked.run)
    assert (result.status, done["state"], done["progress"]["fetched"], upstream.pages_read) == ("ok", "done", 10, 5)


async def test_a_run_that_waits_for_its_source_is_stopped_within_a_heartbeat(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit may make it wait for an hour, without a page at whose border it could stop."""
    monkeypatch.setattr("etl.holding.HEARTBEAT_S", 0.05)

    async def waits(*_: Any) -> Any:
        await cancel(db, "run-a")
        await asyncio.Event().wait()
        yield

    upstream.pages = waits
    result = await sync(settings, db, sources=["github"], run_id="run-a", declared=declare(upstream.entity()))
    assert (result.status, (await _run(db, "run-a"))["state"]) == ("cancelled", "stopped")


@pytest.mark.parametrize(("durable", "status"), [(True, "queued"), (False, "cancelled")])
async def test_a_run_is_paused_until_its_facts_are_made(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare, durable: bool, status: str
) -> None:
    """Told to end while the facts are made: all is read, and still the run is not over."""
    declared = declare(upstream.entity())
    deriving = asyncio.Event()

    async def derive(*_: Any) -> None:
        deriving.set()
        await asyncio.Event().wait()

    asked = await request_sync(db, "github", by="test")
    given: dict[str, Any] = {"sources": ["github"], "run_id": asked.run, "durable": durable, "declared": declared}
    first = asyncio.create_task(sync(settings, db, **given, derive=derive))
    await deriving.wait()
    first.cancel()
    assert isinstance((await asyncio.gather(first, return_exceptions=True))[0], asyncio.CancelledError)
    paused = await _run(db, asked.run)
    assert (paused["status"], paused["state"]) == (status, "paused")
    result = await sync(settings, db, **given | {"run_id": asked.run if durable else None})
    assert (result.status, (await _run(db, result.run))["state"]) == ("ok", "done")


async def test_a_run_that_is_taken_while_its_process_is_told_to_end_is_paused(db: Database) -> None:
    """Once the row may have become ours nobody else would end it."""
    async with db.begin() as connection:
        await connection.execute(text("lock sync_run"))
        taking = asyncio.create_task(hold(db, "github", "run-a", mode="full", by=None, arguments={}).__aenter__())
        async with db.connect() as other:
            while not await other.scalar(text("select exists (select from pg_locks where not granted)")):
                await asyncio.sleep(0.01)
        taking.cancel()
        await asyncio.sleep(0.05)
    await asyncio.gather(taking, return_exceptions=True)
    assert (await _run(db, "run-a"))["state"] == "paused"


async def test_a_run_that_cannot_store_anything_says_why(db: Database) -> None:
    """While the disk is full small changes often still fit: the run tells that it waits, and what for."""
    async with hold(db, "github", "run-a", mode="full", by=None, arguments={}) as run:
        full = DatabaseUnavailable("The disk of the database is full.")
        full.__cause__ = asyncpg.DiskFullError("no room")
        for error, says in ((full, "disk of the database is full"), (DatabaseUnavailable("away"), "database does not answer")):
            await run.held_up(error)
            told = await _run(db, "run-a")
            assert (told["state"], says in told["says"]) == ("paused", True)


async def test_a_silent_process_loses_its_run_to_the_next_worker(db: Database) -> None:
    """Its lock lives on while it is paused or cut off; after half a minute without a heartbeat that no longer counts."""
    async with hold(db, "github", "run-a", mode="full", by=None, arguments={}) as zombie:
        with pytest.raises(AlreadyRunning):
            async with hold(db, "github", "run-a", mode="full", by=None, arguments={}):
                pass
        assert await still_wanted(db, "run-a")
        async with db.begin() as connection:
            await connection.execute(sync_run.update().values(heartbeat_at=wall_clock() - timedelta(minutes=1)))
        assert (await _run(db, "run-a"))["state"] == "silent"
        async with hold(db, "github", "run-a", mode="full", by=None, arguments={}) as heir:
            assert heir.epoch == zombie.epoch + 1
            await zombie.finish("ok")
            await zombie.note("info", "still here")
            assert (await _run(db, "run-a"))["status"] == "running"


async def test_a_run_that_lives_is_not_taken_over_after_a_restart_of_the_database(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lock went with the session; the next heartbeat takes it again."""
    monkeypatch.setattr("etl.holding.HEARTBEAT_S", 0.05)
    locks = text(
        "select l.pid from pg_locks l join pg_database d on d.oid = l.database and datname = current_database() where locktype = 'advisory'"
    )
    async with hold(db, "github", "run-a", mode="full", by=None, arguments={}):
        async with db.connect() as connection:
            [before] = await connection.scalars(locks)
            await connection.execute(text("select pg_terminate_backend(:pid)"), {"pid": before})
            while (held := list(await connection.scalars(locks))) in ([], [before]):
                await asyncio.sleep(0.02)
        assert len(held) == 1
        with pytest.raises(AlreadyRunning):
            async with hold(db, "github", "run-b", mode="full", by=None, arguments={}):
                pass


async def test_an_heir_keeps_no_connection_for_each_try_to_lock(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sleeper may hold the lock for hours; every heartbeat tries for it."""
    monkeypatch.setattr("etl.holding.HEARTBEAT_S", 0.01)
    beats = set()
    async with db.begin() as connection:
        silent = {"id": "run-a", "source": "github", "connection": "", "mode": "full", "status": "running"}
        await connection.execute(
            sync_run.insert().values(**silent, requested_at=wall_clock(), heartbeat_at=wall_clock() - timedelta(minutes=1))
        )
    async with db.connect() as sleeper:
        await sleeper.execute(text("select pg_advisory_lock(hashtext('pulse_sync'), hashtext('github'))"))
        async with hold(db, "github", "run-a", mode="full", by=None, arguments={}):
            while len(beats) < 6:
                beats.add(await sleeper.scalar(select(sync_run.c.heartbeat_at)))
                await sleeper.commit()
            pool: Any = db.engine.pool
            assert pool.checkedout() <= 4


async def test_a_refused_token_asks_for_a_person_with_the_page_to_mend_it(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """The state says what happened and where a new token is made."""

    async def refused(*_: Any) -> Any:
        raise ConfigurationError("Jira at acme.atlassian.net refuses the credentials (401): /myself.", setting="JIRA_API_TOKEN")
        yield

    upstream.pages = refused
    result = await sync(settings, db, sources=["github"], declared=declare(upstream.entity()))
    run = await _run(db, result.run)
    assert (run["status"], run["state"]) == ("failed", "needs_attention")
    assert run["says"].startswith("needs attention: Jira at acme.atlassian.net refuses the credentials (401)")
    assert "create one at https://id.atlassian.com/manage-profile/security/api-tokens and set JIRA_API_TOKEN" in run["says"]


async def test_a_source_waits_for_a_person_only_where_every_connection_does(db: Database, settings: Settings) -> None:
    """Of two sites one revokes its token: the other one is read as before; a site that was removed long ago has no say."""

    async def refusals(**runs: str | None) -> bool:
        async with db.begin() as connection:
            for name, failure in runs.items():
                values = {"source": "jira", "mode": "incremental", "requested_at": wall_clock(), "status": "failed" if failure else "ok"}
                await connection.execute(sync_run.insert().values(id=f"run-{name}", connection=name[:-1], failure=failure, **values))
            [found] = await schedule.standings(connection, settings, ["jira"])
            return found.needs_attention

    assert await refusals(a1="attention")
    assert not await refusals(b1=None, a2="attention")
    assert await refusals(b2="attention")
    async with db.begin() as connection:
        await connection.execute(text("update sync_run set status = 'ok', requested_at = now() - interval '2 days' where connection = 'b'"))
    assert await refusals(a3="attention")


async def test_a_schedule_is_changed_paused_and_hinted_at(db: Database, settings: Settings) -> None:
    """Each change keeps the rest; an empty cron means that of pulse.yaml again."""
    async with db.begin() as connection:
        await schedule.change(connection, "github", by="ana", cron="0 * * * *")
        await schedule.change(connection, "github", by="ana", paused=True, reason="migration")
        await schedule.hint(connection, "github")
        [found] = await schedule.standings(connection, settings, ["github"])
        assert (found.cron, found.own_cron, found.paused, found.reason) == ("0 * * * *", True, True, "migration")
        assert found.hinted_at is not None
        await schedule.change(connection, "github", by="ana", cron="", paused=False)
        [found] = await schedule.standings(connection, settings, ["github"])
        assert (found.cron, found.own_cron, found.paused, found.reason) == ("*/15 * * * *", False, False, None)
        with pytest.raises(InvalidQuestion, match="no cron expression"):
            await schedule.change(connection, "github", by="ana", cron="soon")


async def test_the_cost_of_a_source_is_the_median_of_its_last_runs(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare
) -> None:
    """The schedule spreads runs by what they cost; the first run counts as the complete one."""
    result = await sync(settings, db, sources=["github"], declared=declare(upstream.entity()))
    async with db.begin() as connection:
        await connection.execute(text("update sync_run_entity set requests = 40, points = 70"))
        [found] = await schedule.standings(connection, settings, ["github"])
        asked_at = await connection.scalar(select(sync_run.c.requested_at).where(sync_run.c.id == result.run))
    assert (found.requests, found.reconcile_requests, found.last_at, found.last_compared_at, found.active) == (
        70,
        70,
        asked_at,
        asked_at,
        None,
    )


async def test_with_redis_every_front_door_hears_of_a_sync(
    db: Database, settings: Settings, upstream: Upstream, declare: Declare, redis_url: str
) -> None:
    """Beginning and end are told; without Redis the database tells them itself."""
    assert announcer(settings, db) is None
    shared = settings.model_copy(update={"redis_url": SecretStr(redis_url)})
    async with make_events(shared, db).follow("sync") as events:
        await sync(settings, db, sources=["github"], declared=declare(upstream.entity()), progress=announcer(shared, db))
        heard = [await anext(events)]
        while heard[-1]["phase"] != "finished":
            heard.append(await anext(events))
    assert [one["phase"] for one in heard if one["phase"] != "page"] == ["started", "done", "finished"]
