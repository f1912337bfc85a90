"""Every kind of background work."""

from dataclasses import replace

from etl.jobs.refresh_facts import REFRESH_FACTS
from etl.jobs.retry_quarantine import RETRY_QUARANTINE
from etl.jobs.sync import SYNC
from etl.jobs.tick import TICK
from etl.jobs.tidy import TIDY
from gateway.briefing_job import BRIEF
from store.queue import Job

JOBS = (SYNC, TICK, TIDY, RETRY_QUARANTINE, REFRESH_FACTS, BRIEF)


def jobs(*, scheduled: bool = True) -> list[Job]:
    """The jobs a worker knows; without `scheduled` it only does what is asked for."""
    return list(JOBS) if scheduled else [replace(job, schedule=None) for job in JOBS]
