"""A11: fifty people, tools and schedules start a sync at the same moment."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from bars import Bar
from fastmcp import Client
from pydantic import SecretStr
from sqlalchemy import text
from stand_in import Slow, both_sources, github_at, served, tiny

from etl.demo.company.model import Company
from etl.jobs.tick import tick
from gateway import etl_board, job_control
from gateway.front import Front
from gateway.sync_requests import OwnSyncs, QueuedSyncs
from gateway.syncing import Wanted
from servers.app import build_all
from servers.context import Pulse, opened
from store.database import open_database
from store.queue import JobRun
from store.settings import Settings
from tests.chaos.conftest import Fresh, Measure
from tests.database.gateway.conftest import Door, Scripted, cloned, serving

pytestmark = pytest.mark.timeout(120)
RUNS = Bar("A11", "runs that fifty starts at once made, by five doors", 1, "runs")
JOBS = Bar("A11", "jobs that these starts put into the queue", 1, "jobs")
OTHERS = Bar("A11", "starts that were not answered with that run", 0, "starts")
OWN = Bar("A11", "runs that twenty starts at once made in a server without a worker", 1, "runs")
OWN_OTHERS = Bar("A11", "of these, starts that were not answered with that run", 0, "starts")
STARTS, OWN_STARTS = 50, 20
Start = Callable[[], Awaitable[Any]]


@pytest.fixture
async def door(server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Door, list[Start]]]:
    """A front door whose syncs a worker would do, and the ways to start one that name the run."""
    async with cloned(server_url, template) as url:
        token = {"github_org": ["acme-shop"], "github_token": SecretStr("demo-token")}
        settings = Settings(_env_file=None, pulse_home=tmp_path_factory.mktemp("door"), database_url=url, **token)
        async with open_database(settings, role="owner") as db, open_database(settings, role="etl") as writer:
            syncs = QueuedSyncs(writer)
            async with (
                Client(build_all(opened(Pulse(settings, db, syncs)))) as tools,
                serving(Front(settings, db, tools, Scripted(), syncs)) as opened_door,
            ):

                async def rest() -> Any:
                    return (await opened_door.http.post("/api/v1/sync/runs", json={"source": "github"})).json()["run"]

                async def tool() -> Any:
                    return (await tools.call_tool("github_start_sync", {})).structured_content["runs"][0]["run"]

                async def button() -> Any:
                    return (await etl_board.control(db, syncs, "start", target="github", by="chat")).split()[1]

                async def command() -> Any:
                    return (await job_control.enqueue(settings, Wanted(["github"])))[0]["run"]

                async def schedule() -> Any:
                    return next(iter(await tick(JobRun(0, 1, settings, writer))), None)

                yield opened_door, [rest, tool, button, command, schedule]


async def test_fifty_starts_at_once_are_one_run(door: tuple[Door, list[Start]], measured: Measure) -> None:
    """Whoever asks is told the run that does it; a schedule that finds it active starts nothing."""
    opened_door, ways = door
    told = await asyncio.gather(*(ways[turn % len(ways)]() for turn in range(STARTS)))
    async with opened_door.db.connect() as connection:
        runs = list(await connection.scalars(text("select id from sync_run")))
        jobs = await connection.scalar(text("select count(*) from jobs.procrastinate_jobs where task_name = 'sync'"))
    measured(RUNS, len(runs))
    measured(JOBS, int(jobs or 0))
    measured(OTHERS, sum(one not in (*runs, None) for one in told), f"({sum(one is not None for one in told)} answers)")


async def test_a_server_that_syncs_by_itself_starts_once(fresh: Fresh, company: Company, settings: Settings, measured: Measure) -> None:
    """What a desktop program starts has no worker: it reads in its own process, and still only once."""
    async with fresh() as db, served(Slow(both_sources(tiny(company)), 0.1)) as url:
        there = github_at(settings, f"{url}/github").model_copy(update={"database_url": SecretStr(db.dsn)})
        syncs = OwnSyncs(db, there)
        told = await asyncio.gather(*(syncs.start("github") for _ in range(OWN_STARTS)))
        async with db.connect() as connection:
            runs = list(await connection.scalars(text("select id from sync_run")))
        await syncs.aclose()
    measured(OWN, len(runs))
    measured(OWN_OTHERS, sum(one not in runs for one in told))
