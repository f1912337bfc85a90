"""Trying again the records that were set aside."""

from typing import Any

from etl.derive.refresh import refresh
from etl.quarantine import retry
from store.queue import Job, JobRun


async def retry_quarantine(run: JobRun) -> list[dict[str, Any]]:
    """Store what is understood by now, and refresh the facts when there was anything."""
    found = await retry(run.settings, run.db)
    if any(one.stored for one in found):
        await refresh(run.db, run.settings)
    return [one.as_dict() for one in found]


RETRY_QUARANTINE = Job("retry_quarantine", retry_quarantine, queue="etl")
"""Never by itself: somebody asks for it after mending a mapping."""
