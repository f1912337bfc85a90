"""Live events of a sync over Redis, for front doors on other machines; without Redis the database itself tells them."""

import time

from etl.progress import Listener, ProgressEvent
from store.database import Database
from store.events import make_events
from store.settings import Settings

TOPIC = "sync"
PAUSE_S = 0.3
"""Shortest time between two events of pages; beginnings and ends are always told."""


def announcer(settings: Settings, db: Database) -> Listener | None:
    """A listener that tells of every step of a sync; None without Redis."""
    if settings.redis_url is None:
        return None
    events = make_events(settings, db)
    told_at = 0.0

    async def tell(event: ProgressEvent) -> None:
        nonlocal told_at
        if event.phase == "page" and time.monotonic() - told_at < PAUSE_S:
            return
        told_at = time.monotonic()
        await events.publish(TOPIC, {"run": event.run, "source": event.source, "phase": event.phase})

    return tell
