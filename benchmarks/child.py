"""`python -m benchmarks.child`: one sync in a process of its own, which tells how long it took and how much memory it held.

It is configured by the environment, as an operator would; a JSON object is all it prints.
"""

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from etl.derive.refresh import refresh
from etl.entity import SOURCES
from etl.sync import sync
from store.database import open_database
from store.settings import Settings

STATUS = Path("/proc/self/statm")
EVERY_S = 0.25
T = TypeVar("T")


async def watch(seen_mb: list[float]) -> None:
    """Note the resident memory again and again."""
    while True:
        seen_mb.append(resident_mb())
        await asyncio.sleep(EVERY_S)


def resident_mb() -> float:
    """Resident memory of this process; 0 where the system has no /proc."""
    pages = int(STATUS.read_text(encoding="ascii").split()[1]) if STATUS.exists() else 0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def main() -> None:
    """Sync, then tell."""
    settings = Settings(_env_file=None)
    seen_mb: list[float] = []
    async with open_database(settings, role="owner") as db:
        watching = asyncio.create_task(watch(seen_mb))
        began = time.perf_counter()
        result = await sync(settings, db, sources=SOURCES, derive=refresh)
        took_s = time.perf_counter() - began
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
    fetched = {row.entity: row.fetched for row in result.entities}
    print(json.dumps({"status": result.status, "took_s": took_s, "fetched": fetched, "resident_mb": seen_mb}))


def run_as_served(work: Coroutine[Any, Any, T]) -> T:
    """Run it on the loop that the command line uses."""
    if sys.platform == "win32":
        return asyncio.run(work)
    import uvloop  # there is none for Windows

    return uvloop.run(work)


if __name__ == "__main__":
    run_as_served(main())
