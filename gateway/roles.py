"""The roles that `pulse up` unites, each for itself: front door, worker, scheduler."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from chat_ui import backend as chat_backend
from gateway.app import build, check_exposure
from gateway.jobs import jobs
from gateway.listening import listen, serving
from gateway.opening import open_front
from gateway.sync_requests import QueuedSyncs
from store.database import open_database
from store.queue import open_queue
from store.settings import Settings

SCHEDULER_QUEUES = ("nothing-but-schedules",)
"""The scheduler puts recurring jobs in and works none off."""


async def serve(settings: Settings, ready: Callable[[str], None]) -> None:
    """The front door alone; workers elsewhere do the syncs."""
    check_exposure(settings)
    with listen(settings.pulse_host, settings.pulse_port) as sock:
        async with (
            open_database(settings, role="app") as db,
            open_front(settings, QueuedSyncs(db)) as front,
        ):
            chat_backend.provide(front.backend)
            await serving(build(front), sock, on_ready=lambda: ready(f"http://{settings.pulse_host}:{sock.getsockname()[1]}"))


async def work(settings: Settings) -> None:
    """Do jobs until told to stop; any number of workers share the queue."""
    await _until_told(settings, scheduled=False, queues=None)


async def schedule(settings: Settings) -> None:
    """Put recurring jobs into the queue when they are due; several schedulers put each in once."""
    await _until_told(settings, scheduled=True, queues=SCHEDULER_QUEUES)


async def _until_told(settings: Settings, *, scheduled: bool, queues: Sequence[str] | None) -> None:
    async with open_database(settings, role="etl") as db, open_queue(settings, db, jobs(scheduled=scheduled)) as queue:
        with contextlib.suppress(asyncio.CancelledError):  # being told to end is how a service ends well
            await queue.work(queues=queues)
