"""One pass: an entity read in one scope, page by page, each stored with its bookmark in one transaction."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from etl.checkpoint import Checkpoint, Pass, Place, advance, conclude
from etl.entity import Entity, Page, Parsing, Scope
from etl.http import COUNTING, Counts
from etl.landing import Landed, Landing, drop_unseen, land
from etl.parsing import UNREADABLE, reason_of
from etl.patience import patiently
from etl.preparing import Prepared, prepare_beside
from etl.progress import Totals
from etl.runs import Run, Stopped
from store.clock import wall_clock
from store.errors import PulseError, UpstreamError

PASSES = 24
"""Scopes read at the same time; the client still sends only a few requests at once."""
REPEATED_CURSORS = 3
"""Pages in a row that name the same next cursor before the pass is given up."""

T = TypeVar("T")
Tell = Callable[[Totals, Scope, Page], Awaitable[None]]


@dataclass
class Work:
    """Everything that one pass needs."""

    run: Run
    entity: Entity[Any]
    scope: Scope
    parsing: Parsing
    known: Checkpoint
    started: Pass
    totals: Totals
    writer: asyncio.Semaphore
    tell: Tell
    told: bool = False
    """Whether it is known how many records there are."""

    @property
    def place(self) -> Place:
        """Its checkpoint."""
        return Place(self.parsing.site, self.entity.name, self.scope.id)


async def run_pass(work: Work, client: Any) -> None:
    """Read and store page after page.

    Raises:
        Stopped: somebody asked the run to stop; what was read is stored.
        UpstreamError: the source failed; what was read before is stored and the next run goes on there.
        ConfigurationError: the credentials are refused, at least for a part of it.
    """
    counts, began = Counts(), time.monotonic()
    token = COUNTING.set(counts)
    failure: PulseError | None = None
    try:
        pages = _guarded(work.entity.pages(client, work.scope, work.started.position))
        async with contextlib.aclosing(_ahead(_prepared(work, pages))) as ready:
            async for page, prepared in ready:
                _charge(work.totals, counts)
                await _store_page(work, page, prepared)
                failure = failure or page.failure
    finally:
        COUNTING.reset(token)
        _charge(work.totals, counts)
        work.totals.duration_s += time.monotonic() - began
    _expect(work, len(work.started.seen))
    if failure is not None:
        raise failure


def _expect(work: Work, records: int) -> None:
    """How many records the pass has, as the source says on its first page, or as there were in the end."""
    if not work.told:
        work.told = True
        work.totals.told += 1
        work.totals.expected += records


def _charge(totals: Totals, counts: Counts) -> None:
    totals.requests += counts.requests
    totals.points += counts.points
    counts.requests = counts.points = 0


async def _guarded(pages: AsyncIterator[Page]) -> AsyncGenerator[Page, None]:
    """Stop at the last page, and give up when the source sends us in a circle."""
    last: Any = None
    repeated = 0
    async for page in _understood(pages):
        repeated = repeated + 1 if page.next_cursor is not None and page.next_cursor == last else 0
        if repeated >= REPEATED_CURSORS:
            raise UpstreamError("The source repeats the same cursor; the pass is given up and what was read is stored.")
        last = page.next_cursor
        yield page
        if page.next_cursor is None:
            return


async def _understood(pages: AsyncIterator[Page]) -> AsyncGenerator[Page, None]:
    """An answer of a shape that nobody foresaw is the source's failure, not the end of the run."""
    try:
        async for page in pages:
            yield page
    except UNREADABLE as error:
        raise UpstreamError(f"The source answers in a shape that Pulse does not know: {reason_of(error)}") from error


async def _prepared(work: Work, pages: AsyncGenerator[Page, None]) -> AsyncGenerator[tuple[Page, Prepared], None]:
    """Pages ready to be stored. The rows are made here too where nothing is stored yet, so that all is news."""
    parsing = work.parsing if work.known.complete_to_at is None else None
    async with contextlib.aclosing(pages):
        async for page in pages:
            yield page, await prepare_beside(work.entity, parsing, page)


async def _ahead(pages: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    """Make the next one while the one before is being used; only one, so that a kill repeats no more than a page of requests."""
    upcoming = asyncio.ensure_future(anext(pages, None))
    try:
        while (page := await upcoming) is not None:
            upcoming = asyncio.ensure_future(anext(pages, None))
            yield page
    finally:
        upcoming.cancel()
        await asyncio.gather(upcoming, return_exceptions=True)
        await pages.aclose()


async def _store_page(work: Work, page: Page, prepared: Prepared) -> None:
    async with work.writer:
        landed, go_on = await patiently(lambda: _transaction(work, page, prepared), limit_s=None, told=work.run.held_up)
    add_up(work.totals, landed)
    work.totals.pages += 1
    if page.total is not None:
        _expect(work, page.total)
    work.started.seen |= landed.ids
    await work.tell(work.totals, work.scope, page)
    if not go_on:
        raise Stopped


async def _transaction(work: Work, page: Page, prepared: Prepared) -> tuple[Landed, bool]:
    """Raw records, rows, what was set aside, checkpoint, progress and log: all or nothing."""
    started = work.started
    began, pages = started.began or page.server_time, started.pages + 1
    step = Pass(started.position, started.since, began, resumed=started.resumed, pages=pages)
    unsettled = started.unsettled or _is_unsettled(work, page, prepared)
    at = datetime.fromisoformat(page.server_time) if page.server_time else wall_clock()
    landing = Landing(work.entity, work.parsing, work.scope.id, work.run.id, at)
    async with work.run.db.begin() as connection:
        landed = await land(connection, landing, prepared) if prepared.ids or prepared.unread else Landed()
        if page.next_cursor is None:
            if _proves_absence(work, page):
                landed.deleted = await drop_unseen(connection, landing, started.seen | landed.ids)
            stamp = work.entity.stamp(work.scope) if work.entity.stamp and not unsettled else None
            await conclude(connection, work.place, work.run.id, step, work.known, etag=page.etag, stamp=stamp)
        else:
            await advance(connection, work.place, work.run.id, step, page.next_cursor)
        if landed.inserted or landed.updated or landed.deleted or landed.quarantined:
            await work.run.log(connection, "warning" if landed.quarantined else "info", _said(work, landed))
        work.run.message, work.run.paused = None, False  # whatever we waited for is over
        go_on = await work.run.page_written(connection)
    started.began, started.pages, started.gaps, started.unsettled = began, pages, started.gaps or page.gaps, unsettled
    return landed, go_on


def _is_unsettled(work: Work, page: Page, prepared: Prepared) -> bool:
    """Whether something may change without a sign: of a list that has not changed, what its last reading left so; of a resumed pass, nobody knows."""
    if work.entity.settled is None:
        return False
    if page.not_modified:
        return work.known.stamp is None
    return work.started.resumed or not prepared.settled


def _proves_absence(work: Work, page: Page) -> bool:
    return work.entity.deletes and work.started.complete and not page.not_modified and not page.gaps


def _said(work: Work, landed: Landed) -> str:
    counted = ((word, getattr(landed, word)) for word in ("inserted", "updated", "deleted", "unchanged", "quarantined"))
    parts = [f"{amount} {word}" for word, amount in counted if amount]
    return f"{work.entity.name} {work.scope.name}: {', '.join(parts)}"


def add_up(totals: Totals, landed: Landed) -> None:
    """Count what became of a page."""
    totals.fetched += landed.inserted + landed.updated + landed.unchanged + landed.quarantined
    totals.inserted += landed.inserted
    totals.updated += landed.updated
    totals.unchanged += landed.unchanged
    totals.quarantined += landed.quarantined
    totals.deleted += landed.deleted
