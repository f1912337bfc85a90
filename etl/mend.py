"""Making the store equal to the source where a comparison found that it is not, inside of a run: only what differs is read and written."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from etl.catalogue import Declared
from etl.connections import Connection
from etl.entity import Entity, LearningClient, Page, Parsing
from etl.http import COUNTING, Counts
from etl.landing import Landed, Landing, land, mark_deleted
from etl.passes import add_up
from etl.patience import patiently
from etl.preparing import prepare
from etl.progress import Totals
from etl.prove import Part, Proof, compare
from etl.runs import Run, Stopped
from store.clock import wall_clock

TOGETHER = 100
"""Records that are written in one transaction."""


async def mend(run: Run, place: tuple[Connection, Declared], entity: Entity[Any], client: Any, proof: Proof) -> None:
    """Mark what is gone, and bring what is missing, different or elsewhere.

    Raises:
        Stopped: somebody asked the run to stop.
        UpstreamError: the source failed; what was mended before stays.
    """
    one, found = place
    totals, counts = run.totals.setdefault(entity.name, Totals(entity.source, entity.name)), Counts()
    token = COUNTING.set(counts)
    try:
        async with run.db.connect() as connection:
            lookups = await found.connector.lookups(connection, one.settings, one.site)
        if isinstance(client, LearningClient):
            client.learn(lookups)
        for part in (each for each in proof.parts if each.differences):
            landing = Landing(entity, Parsing(one.site, part.scope, lookups), part.scope.id, run.id, wall_clock())
            if part.ghosts:
                again = await compare(run.db, one.site, entity, client, part.scope, proof.by)
                # a second look, because a deletion while pages are read can make one record slip through
                await _mark(run, landing, sorted(set(part.ghosts) & set(again.ghosts)), totals)
            async for page in _pages(entity, client, part, proof):
                await _bring(run, landing, page, totals)
    finally:
        COUNTING.reset(token)
        totals.requests += counts.requests
        totals.points += counts.points


async def _pages(entity: Entity[Any], client: Any, part: Part, proof: Proof) -> AsyncIterator[Page]:
    """The records that differ, whole: they are asked for where only their ids were compared."""
    news = list(part.news.values())
    if not news:
        return
    if proof.by == "records" or entity.chosen is None:
        for start in range(0, len(news), TOGETHER):
            yield Page(news[start : start + TOGETHER], None)
        return
    async for page in entity.chosen(client, part.scope, news):
        yield page


async def _mark(run: Run, landing: Landing, gone: Sequence[str], totals: Totals) -> None:
    if not gone:
        return

    async def write() -> bool:
        async with run.db.begin() as connection:
            await mark_deleted(connection, landing, gone)
            await run.log(connection, "info", f"{landing.entity.name}: {len(gone)} are gone at the source")
            return await run.page_written(connection)

    totals.deleted += len(gone)
    if not await patiently(write, limit_s=None, told=run.held_up):
        raise Stopped


async def _bring(run: Run, landing: Landing, page: Page, totals: Totals) -> None:
    async def write() -> tuple[Landed, bool]:
        async with run.db.begin() as connection:
            landed = await land(connection, landing, prepare(landing.entity, page.records))
            return landed, await run.page_written(connection)

    landed, go_on = await patiently(write, limit_s=None, told=run.held_up)
    add_up(totals, landed)
    if not go_on:
        raise Stopped
