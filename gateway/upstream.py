"""Where data comes from: the configured GitHub and Jira, or the demo company served on this machine."""

import contextlib
from collections.abc import AsyncIterator

from sqlalchemy import exists, select

from etl.catalogue import declared
from etl.demo.server import serve_demo
from etl.entity import SOURCES
from store.database import open_database
from store.settings import Settings
from store.tables.operations import connection


def configured(settings: Settings) -> bool:
    """Whether the settings lead to any source."""
    return any(declared(source).connector.configured(settings) for source in SOURCES)


async def connected(settings: Settings) -> bool:
    """Whether there is any source: in the settings, or stored as a connection."""
    if configured(settings):
        return True
    async with open_database(settings, role="app") as db, db.connect() as reading:
        return bool(await reading.scalar(select(exists().where(connection.c.enabled))))


@contextlib.asynccontextmanager
async def upstream(settings: Settings, *, demo: bool | None = None) -> AsyncIterator[Settings]:
    """Settings that lead to a source: as they are, or to the demo company for as long as the block lasts.

    `demo` None means: the demo company only when nothing is configured.
    """
    if demo or (demo is None and not await connected(settings)):
        async with serve_demo(settings) as served:
            yield served
    else:
        yield settings
