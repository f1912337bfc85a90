"""Syncs that die as told, seen from the test that wants them to."""

import asyncio
import contextlib
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stand_in import environment_of

from store.database import Database
from store.settings import Settings

SCRIPT = Path(__file__).with_name("dying.py")


@dataclass(frozen=True)
class Dying:
    """A process that has imported everything; the syncs that shall die are forked from it."""

    process: Process

    async def live(self, db: Database, settings: Settings, *, derive: bool = False) -> str:
        """How a sync of both sources ended that nobody killed: in the process itself, which makes all that come after it cheaper."""
        (ended,) = await self._ask(db, settings, sources=("github", "jira"), derive=derive, deaths=(), here=True)
        return ended

    async def die(
        self,
        db: Database,
        settings: Settings,
        deaths: Sequence[dict[str, Any]],
        *,
        sources: Sequence[str] = ("github", "jira"),
        derive: bool = False,
    ) -> list[str]:
        """How each of the processes ended that were to die, and last how the one that was left to finish did."""
        return await self._ask(db, settings, sources=sources, derive=derive, deaths=deaths, here=False)

    async def _ask(self, db: Database, settings: Settings, **plan: Any) -> list[str]:
        given = {**environment_of(settings), "DATABASE_URL": db.dsn}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"environment": given, "full": False, "then_finish": True, **plan}).encode() + b"\n")
        await self.process.stdin.drain()
        return list(json.loads(await self.process.stdout.readline()))


@contextlib.asynccontextmanager
async def dying() -> AsyncIterator[Dying]:
    """Such a process, for the block."""
    process = await asyncio.create_subprocess_exec(sys.executable, str(SCRIPT), env={**os.environ}, stdin=PIPE, stdout=PIPE)
    try:
        yield Dying(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
