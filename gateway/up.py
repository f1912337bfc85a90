"""`pulse up`: database, stand-in when no source is configured, first sync, worker and front door in one process tree."""

import asyncio
import contextlib
import time
import webbrowser
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import structlog

from chat_ui import backend as chat_backend
from etl.progress import Listener
from gateway.app import build, check_exposure
from gateway.first_sync import due_at_start, first_sync
from gateway.front import Front
from gateway.jobs import jobs
from gateway.listening import listen, serving
from gateway.opening import open_front
from gateway.sync_requests import QueuedSyncs
from gateway.syncing import Wanted, sync_with
from gateway.upstream import upstream
from store.database import Database, open_database
from store.errors import PulseError
from store.queue import Queue, open_queue
from store.settings import Settings

log = structlog.get_logger(__name__)
Say = Callable[[str], None]


@dataclass(frozen=True)
class Terminal:
    """How the person at the terminal is kept informed."""

    say: Say
    listener: Callable[[], contextlib.AbstractContextManager[Listener]]
    """Opens the progress display of a sync."""
    ready: Callable[[str, float], None]
    """Told the address and the seconds from start to ready."""


async def up(settings: Settings, terminal: Terminal, *, demo: bool | None = None, open_browser: bool = False) -> None:
    """Run everything until SIGINT or SIGTERM."""
    began = time.monotonic()
    check_exposure(settings)
    async with contextlib.AsyncExitStack() as stack:
        sock = stack.enter_context(listen(settings.pulse_host, settings.pulse_port))
        served = await stack.enter_async_context(upstream(settings, demo=demo))
        writer = await stack.enter_async_context(open_database(served, role="etl"))
        queue = await stack.enter_async_context(open_queue(served, writer, jobs()))
        front = await stack.enter_async_context(open_front(served, QueuedSyncs(writer)))
        await stack.enter_async_context(_beside(_sync_then_work(queue, front, writer, terminal)))
        chat_backend.provide(front.backend)
        address = f"http://{settings.pulse_host}:{sock.getsockname()[1]}"

        def ready() -> None:
            terminal.ready(address, time.monotonic() - began)
            if open_browser:
                webbrowser.open(address)

        await serving(build(front), sock, on_ready=ready)


@contextlib.asynccontextmanager
async def _beside(*work: Any) -> AsyncIterator[None]:
    """Run coroutines beside the block and stop them with it."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _sync_then_work(queue: Queue, front: Front, writer: Database, terminal: Terminal) -> None:
    """Bring the data up to date, then work off the queue: a schedule that is due must not race the sync at the start."""
    try:
        await _sync_at_start(front, writer, terminal)
    except PulseError as error:
        terminal.say(str(error))
        log.warning("sync_at_start_failed", reason=str(error))
    except Exception:  # whatever it was, the schedule tries again, and for that there must be a worker
        log.exception("sync_at_start_failed")
    await queue.work()


async def _sync_at_start(front: Front, writer: Database, terminal: Terminal) -> None:
    """Bring the data up to date once; at the first start with progress on the terminal."""
    async with front.db.connect() as connection:
        first = await first_sync(connection) != "done"
    wanted = Wanted(sources=await due_at_start(front.settings, writer))
    if not wanted.sources:
        return
    if not first:
        await sync_with(front.settings, writer, wanted)
        return
    with terminal.listener() as listener:
        result = await sync_with(front.settings, writer, wanted, listener)
    terminal.say(f"First sync: {result.status}." + (f" {result.error}" if result.error else ""))
