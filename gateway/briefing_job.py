"""The scheduled briefings: looks every minute for one that is due, and sends it only when something stands out."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, or_, select

from agents.briefings.briefing import Asked, Length
from etl.schedule import cron_after
from gateway import briefings
from gateway.opening import open_front
from store.clock import wall_clock
from store.config import BriefingSchedule
from store.database import Database
from store.errors import PulseError
from store.queue import Job, JobRun
from store.settings import Settings
from store.tables.operations import briefing

log = structlog.get_logger(__name__)
LATE = timedelta(hours=6)
"""A briefing that could not be made at its time is made up for so long, then waits for the next time."""
_LENGTHS: tuple[tuple[timedelta, Length], ...] = ((timedelta(days=60), "quarter"), (timedelta(days=20), "month"))


def length_of(cron: str, zone: str, moment: datetime) -> Length:
    """How much a briefing looks back on: as far as its times lie apart, at least a week."""
    first = cron_after(cron, moment, zone)
    apart = cron_after(cron, first, zone) - first
    return next((length for least, length in _LENGTHS if apart >= least), "week")


def due(wanted: BriefingSchedule, zone: str, moment: datetime, last: datetime | None) -> bool:
    """Whether its time has come since it was last made, not longer ago than `LATE`."""
    return cron_after(wanted.cron, max(moment - LATE, last or moment - LATE), zone) <= moment


async def brief(run: JobRun) -> list[dict[str, Any]]:
    """Make and send what is due; returns what became of each."""
    settings, moment = run.settings, wall_clock()
    timed = [(wanted, length_of(wanted.cron, settings.timezone, moment)) for wanted in settings.pulse.schedules.briefings]
    # All are asked before the first is made: two may be for the same readers, by different ways.
    ready = [(wanted, length) for wanted, length in timed if due(wanted, settings.timezone, moment, await _last(run.db, wanted, length))]
    return [await _one(settings, wanted, length) for wanted, length in ready]


async def _one(settings: Settings, wanted: BriefingSchedule, length: Length) -> dict[str, Any]:
    """Make and send one; what fails is tried again in a minute and keeps no other from being sent."""
    try:
        async with open_front(settings) as front:
            document = await briefings.make(front, Asked(wanted.audience, length))
            sent = await briefings.send(settings, front.db, document, wanted.send) if wanted.send else None
    except (PulseError, OSError) as error:
        log.warning("briefing_failed", audience=wanted.audience, error=str(error))
        return {"audience": wanted.audience, "error": str(error)}
    log.info("briefing", id=document["id"], audience=wanted.audience, status=document["status"], sent=sent.to if sent else None)
    return {"id": document["id"], "status": document["status"], "sent": sent.as_dict() if sent else None}


async def _last(db: Database, wanted: BriefingSchedule, length: str) -> datetime | None:
    """When it was last made; one with news that could not be sent does not count, so that it is tried again."""
    chosen = select(func.max(briefing.c.made_at)).where(briefing.c.audience == wanted.audience, briefing.c.length == length)
    if wanted.send:
        chosen = chosen.where(or_(briefing.c.status != "news", briefing.c.sent_at.is_not(None)))
    async with db.connect() as connection:
        found: datetime | None = await connection.scalar(chosen)
        return found


BRIEF = Job("brief", brief, schedule="* * * * *")
"""What is due stands in `schedules.briefings` of pulse.yaml."""
