"""Deriving all facts anew: after somebody decided a mapping."""

from etl.derive.refresh import refresh
from store.queue import Job, JobRun


async def refresh_facts(run: JobRun) -> dict[str, int]:
    """Bring every fact up to date; returns the rows written per table."""
    return await refresh(run.db, run.settings)


REFRESH_FACTS = Job("refresh_facts", refresh_facts, queue="etl")
"""Never by itself: each sync refreshes the facts at its end anyway."""
