"""Rows made again from the raw records while a sync brings newer ones."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from etl import replay as replaying
from etl.catalogue import Declared
from etl.landing import write_rows
from etl.sync import sync
from store.database import Database
from store.settings import Settings

pytestmark = pytest.mark.timeout(30)
MEANWHILE_S = 0.5
"""What a sync that need not wait is given to end."""


async def test_a_replay_never_puts_an_older_record_over_what_a_sync_brings_meanwhile(
    db: Database, settings: Settings, upstream: Any, declare: Callable[..., Callable[[Any], Declared]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sync waits for the rows of the batch, and has the last word; else nothing would ever mend them."""
    declared = declare(upstream.entity())
    await sync(settings, db, sources=["github"], declared=declared)
    upstream.put(4, tag="newer")
    syncing: list[asyncio.Task[Any]] = []

    async def write_late(*positional: Any, **named: Any) -> None:
        syncing.append(asyncio.create_task(sync(settings, db, sources=["github"], declared=declared)))
        await asyncio.wait(syncing, timeout=MEANWHILE_S)
        await write_rows(*positional, **named)

    monkeypatch.setattr(replaying, "write_rows", write_late)
    await replaying.replay(settings, db, sources=["github"], declared=declared)
    await syncing[0]
    async with db.connect() as connection:
        assert await connection.scalar(text("select tag from release where id = 'github:release:4'")) == "newer"
