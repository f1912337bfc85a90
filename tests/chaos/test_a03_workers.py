"""A3: workers that die, sleep or lose the network while they hold a run."""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from bars import Bar
from cables import Cable, cable
from sqlalchemy import text
from stand_in import FACTS, GITHUB_TABLES, Slow, environment_of, github_at, served
from workers import environment, hasty_worker, worker

from etl.demo.company.model import Company
from etl.demo.github.app import Behaviour, make_app
from etl.derive.refresh import refresh
from etl.enqueue import request_sync
from etl.replay import store_digest
from etl.sync import sync
from servers.records.runs import runs
from store.database import Database
from store.settings import Settings
from tests.chaos.conftest import NOW, Fresh, Measure

pytestmark = pytest.mark.timeout(900)
DIFFERENT = Bar("A3", "tables, facts too, that differ after a kill, a sleep and a cut", 0, "tables")
TAKEOVER = Bar("A3", "longest time from a loss to the next worker's first page", 60, "s")
SILENT = Bar("A3", "time until the worker that was cut off gave up the connections that had fallen silent", 35, "s")
BACKWARDS = Bar("A3", "times that the counts of the run fell", 0, "times")
AFTERWARDS = Bar("A3", "tables that the woken workers still changed when the run had ended", 0, "tables")
LET_GO = Bar("A3", "woken workers that did not let go of the job", 0, "workers")
STEPS = (6, 12, 18)
"""Requests of the run after which the worker that holds it is lost."""
TABLES = [*GITHUB_TABLES, *FACTS]
NOTES = ("raw_record", "checkpoint", "sync_run")
SETTLE_S = 15.0
"""Time for a woken worker to try what it still holds."""
DELAY_S = 0.8

ASLEEP = Bar("A3", "sleeps of the worker that held the run, taken over by one of two others", 5, "sleeps", "higher")
FENCED = Bar("A3", "pages or bookmarks written by another worker than held the run", 0, "pages")
SLEPT = Bar("A3", "tables, facts too, that differ after these sleeps", 0, "tables")
DIED = Bar("A3", "workers that did not live on after they woke", 0, "workers")
SLEEPS, ALL_SLEEPS = 6, 50
TAKEOVER_LIMIT_S = 60.0
NOTED = """
create table chaos_written (worker text, run text, epoch integer, what text, at timestamptz default clock_timestamp());
grant insert on chaos_written to public;
create function chaos_note() returns trigger language plpgsql security definer as $$ begin
  if tg_table_name = 'sync_run' then
    if tg_op = 'INSERT' or new.epoch is distinct from old.epoch then
      insert into chaos_written (worker, run, epoch, what) values (current_setting('pulse.worker', true), new.id, new.epoch, 'taken');
    end if;
  else
    insert into chaos_written (worker, run, epoch, what) select current_setting('pulse.worker', true), id, epoch, 'page' from sync_run where status = 'running';
  end if;
  return null;
end $$;
create trigger chaos_taken after insert or update on sync_run for each row execute function chaos_note();
create trigger chaos_page after insert or update on checkpoint for each row execute function chaos_note();
"""
"""Who took a run, and who wrote a bookmark of it: `pulse.worker` is a setting of each worker's sessions."""
HELD = """
select w.run, w.epoch, w.worker from chaos_written w join sync_run r on (r.id, r.epoch) = (w.run, w.epoch)
where w.what = 'taken' and r.status = 'running' order by w.at desc limit 1
"""
STRANGE = """
select count(*) from chaos_written p where what = 'page' and not exists (
  select from chaos_written t where t.what = 'taken' and (t.run, t.epoch, t.worker) = (p.run, p.epoch, p.worker))
"""


class Watch:
    """One run, looked at from outside."""

    def __init__(self, db: Database, run: str) -> None:
        self.db, self.run = db, run
        self.requests = self.fell = 0

    async def look(self) -> dict[str, Any]:
        """The run now; counts that fell are noted."""
        async with self.db.connect() as connection:
            found = (await runs(connection, run=self.run))[0]
        requests = int((found["progress"] or {}).get("requests") or 0)
        self.fell += requests < self.requests
        self.requests = max(requests, self.requests)
        return found

    async def until(self, requests: int) -> float:
        """Wait for so many requests, or the end; returns the seconds."""
        began = time.monotonic()
        while (await self.look())["status"] in ("queued", "running") and self.requests < requests:
            await asyncio.sleep(0.2)
        return time.monotonic() - began


async def _twin(fresh: Fresh, settings: Settings, small_company: Company) -> dict[str, str]:
    async with fresh() as db, served(make_app(small_company)) as url:
        await sync(github_at(settings, url), db, sources=["github"], derive=refresh)
        return await store_digest(db, TABLES)


async def _idle(db: Database) -> None:
    """Wait until no job is left: facts are made after a run has read everything."""
    left = text("select exists (select from jobs.procrastinate_jobs where task_name = 'sync' and status in ('todo', 'doing'))")
    deadline = time.monotonic() + TAKEOVER_LIMIT_S
    while time.monotonic() < deadline:
        async with db.connect() as connection:
            if not await connection.scalar(left):
                return
        await asyncio.sleep(0.2)


@pytest.fixture
async def laid(fresh: Fresh) -> AsyncIterator[tuple[Database, Cable]]:
    """An empty database and a way to it that can be cut."""
    async with fresh() as db, cable(db.dsn) as way:
        yield db, way


async def test_three_lost_workers_leave_the_store_of_an_undisturbed_sync(
    fresh: Fresh, laid: tuple[Database, Cable], small_company: Company, settings: Settings, tmp_path: Path, measured: Measure
) -> None:
    """The first is killed, the second sleeps, the third loses the network; when a fourth goes on, the sleepers wake and write nothing."""
    db, way = laid
    settings = settings.model_copy(update={"pulse_now": NOW})
    undisturbed = await _twin(fresh, settings, small_company)
    watch = Watch(db, (await request_sync(db, "github", by="chaos")).run)
    takeovers = []
    async with served(Slow(make_app(small_company), DELAY_S)) as url:
        source = environment_of(github_at(settings, url))
        with ExitStack() as stack:
            lost: list[Any] = []
            for place, address in enumerate((db.dsn, db.dsn, way.url)):
                process = stack.enter_context(worker(environment(address, tmp_path / f"home{place}", source), tmp_path / f"w{place}.log"))
                took_s = await watch.until(watch.requests + 1)
                takeovers += [took_s] if place else []
                await watch.until(STEPS[place])
                await _lose(place, process, way)
                lost.append(process)
            giving_up = asyncio.create_task(way.until_given_up(TAKEOVER_LIMIT_S))
            last = environment(db.dsn, tmp_path / "home3", source)
            stack.enter_context(worker(last, tmp_path / "w3.log"))
            takeovers.append(await watch.until(watch.requests + 1))
            silent_s = await giving_up
            lost[1].send_signal(signal.SIGCONT)
            way.mend()
            await watch.until(10**9)
            await _idle(db)
            ended, digest = await watch.look(), await store_digest(db, [*TABLES, *NOTES])
            await asyncio.sleep(SETTLE_S)
            after = await store_digest(db, [*TABLES, *NOTES])
            held = [place for place in (1, 2) if "job_lost" not in (tmp_path / f"w{place}.log").read_text(errors="replace")]
    different = [name for name in TABLES if digest[name] != undisturbed[name]]
    measured(DIFFERENT, len(different), f"({ended['status']}, {watch.requests} requests) {' '.join(different)} {ended['error'] or ''}")
    measured(TAKEOVER, max(takeovers), f"({', '.join(f'{one:.0f}' for one in takeovers)} s, with the start of a process)")
    measured(SILENT, silent_s)
    measured(BACKWARDS, watch.fell)
    measured(AFTERWARDS, sum(digest[name] != after[name] for name in digest))
    measured(LET_GO, len(held))


async def _lose(place: int, process: Any, way: Cable) -> None:
    if place == 0:
        process.kill()
    elif place == 1:
        process.send_signal(signal.SIGSTOP)
    else:
        await way.cut()


class Holders:
    """Who has held which run, as the triggers have noted it."""

    def __init__(self, db: Database) -> None:
        self.db = db

    async def now(self) -> tuple[str, int, str] | None:
        """Run, epoch and worker of the run that is being read."""
        async with self.db.connect() as connection:
            found = (await connection.execute(text(HELD))).one_or_none()
        return (found.run, found.epoch, found.worker) if found else None

    async def change(self, before: tuple[str, int, str] | None) -> tuple[str, int, str] | None:
        """Wait until somebody else holds the run, or nobody any more."""
        deadline = time.monotonic() + TAKEOVER_LIMIT_S
        while (now := await self.now()) == before and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        return now


async def test_sleeps_among_three_workers_let_no_sleeper_write(
    fresh: Fresh, small_company: Company, settings: Settings, tmp_path: Path, measured: Measure, full: bool
) -> None:
    """Whoever holds the run falls asleep, another goes on, the sleeper wakes; syncs of everything follow each other as long as it takes."""
    dice, sleeps, names = random.Random(3), ALL_SLEEPS if full else SLEEPS, ("w0", "w1", "w2")
    settings = settings.model_copy(update={"pulse_now": NOW})
    undisturbed, took = await _twin(fresh, settings, small_company), list[float]()
    slow = Slow(make_app(small_company, Behaviour(largest_graphql_page=25)), 0.2)
    async with fresh() as db, served(slow) as url:
        async with db.begin() as connection:
            await (await db.raw(connection)).execute(NOTED)
        source, holders = environment_of(github_at(settings, url)), Holders(db)
        with ExitStack() as stack:
            workers = {
                name: stack.enter_context(hasty_worker(name, environment(db.dsn, tmp_path / name, source), tmp_path / f"{name}.log"))
                for name in names
            }
            while len(took) < sleeps:
                run = (await request_sync(db, "github", full=True, by="chaos")).run
                await holders.change(None)
                await asyncio.sleep(dice.uniform(0, 2))
                if (held := await holders.now()) is None:
                    continue
                workers[held[2]].send_signal(signal.SIGSTOP)
                began, heir = time.monotonic(), await holders.change(held)
                took += [time.monotonic() - began] if heir and heir[0] == run else []
                workers[held[2]].send_signal(signal.SIGCONT)
            await Watch(db, (await request_sync(db, "github", by="chaos")).run).until(10**9)
            await _idle(db)
            digest = await store_digest(db, TABLES)
            died = [name for name, process in workers.items() if process.poll() is not None]
        async with db.connect() as connection:
            strange = int(await connection.scalar(text(STRANGE)) or 0)
            pages = int(await connection.scalar(text("select count(*) from chaos_written where what = 'page'")) or 0)
    different = [name for name in TABLES if digest[name] != undisturbed[name]]
    measured(ASLEEP, sum(one < TAKEOVER_LIMIT_S for one in took), f"(longest takeover {max(took):.0f} s, clocks ten times as fast)")
    measured(FENCED, strange, f"({pages} pages)")
    measured(SLEPT, len(different), " ".join(different))
    measured(DIED, len(died))
