"""The pulse of the schedules: starts what is due, a few times a minute."""

import structlog

from etl import schedule
from etl.connections import connections
from etl.enqueue import request_sync
from etl.entity import SOURCES
from store.clock import wall_clock
from store.queue import Job, JobRun

log = structlog.get_logger(__name__)


async def tick(run: JobRun) -> list[str]:
    """Ask for a sync of every source that is due and not active; returns the runs."""
    found = await connections(run.settings, run.db, SOURCES)
    sources = list(dict.fromkeys(one.source for one in found))
    moment = wall_clock()
    async with run.db.connect() as connection:
        standings = await schedule.standings(connection, run.settings, sources)
    started = []
    for standing in standings:
        planned = schedule.next_start(standing, moment)
        if planned is None or planned.at > moment or standing.active:
            continue
        asked = await request_sync(run.db, standing.source, reconcile=planned.mode == "reconcile", by="schedule")
        log.info("sync_due", source=standing.source, run=asked.run, reason=planned.because)
        started.append(asked.run)
    return started


TICK = Job("tick", tick, queue="etl", schedule="* * * * * */20")  # the sixth field is seconds
"""Looks three times a minute; when what starts stands in `schedules` of pulse.yaml and in the table `schedule`."""
