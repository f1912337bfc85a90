"""Syncs that are killed with SIGKILL: `python dying.py` reads a plan a line, runs its syncs one after the other, each in a forked process, and
answers with a line that tells how each ended.

A plan is a JSON object: `environment`, `sources`, `full`, `derive`, `deaths` (one death per process: {"after_s": 0.2}, or {"commit": 7,
"before": true}) and `then_finish` (whether a last process runs to its end). The answer is a JSON list: `killed`, or the status of the sync.
Forking from a process that has imported everything already makes a death cost milliseconds instead of seconds; a plan that is `here` lets
this process itself sync, so that what is made at first use is there, too.
"""

import asyncio
import contextlib
import gc
import json
import os
import select
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any

from etl.derive.refresh import refresh
from etl.sync import sync
from store.database import Database, open_database
from store.settings import Settings

BEGUN, STATUS = b"b", {"ok": b"o", "partial": b"p", "failed": b"f", "cancelled": b"c"}
LONGEST_S = 600


async def _sync(plan: dict[str, Any], pipe: int) -> None:
    settings = Settings(_env_file=None)
    async with open_database(settings, role="owner") as db:
        os.write(pipe, BEGUN)
        result = await sync(settings, db, sources=plan["sources"], full=plan["full"], derive=refresh if plan["derive"] else None)
    os.write(pipe, STATUS[result.status])


def _die_at(commit: int, *, before: bool) -> None:
    """Let this process die at its n-th transaction (counted from 1), before or after it is committed."""
    plain = Database.begin
    seen = [0]

    @contextlib.asynccontextmanager
    async def begin(db: Database) -> AsyncIterator[Any]:
        async with plain(db) as connection:
            yield connection
            seen[0] += 1
            mine = seen[0] == commit
            if mine and before:
                os.kill(os.getpid(), signal.SIGKILL)
        if mine:
            os.kill(os.getpid(), signal.SIGKILL)

    Database.begin = begin


def _one(plan: dict[str, Any], death: dict[str, Any] | None) -> str:
    """One process from its start to its end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.environ.update(plan["environment"])
        if death and "commit" in death:
            _die_at(death["commit"], before=death["before"])
        asyncio.run(_sync(plan, writing))
        os._exit(0)
    os.close(writing)
    said = _read(reading, LONGEST_S)
    if death and "after_s" in death and said == BEGUN:
        said += _read(reading, death["after_s"])
        os.kill(child, signal.SIGKILL)
    else:
        said += _read(reading, LONGEST_S)
    os.waitpid(child, 0)
    os.close(reading)
    return next((status for status, letter in STATUS.items() if said.endswith(letter)), "killed")


def _here(plan: dict[str, Any]) -> str:
    """In this process, which forks all others afterwards."""
    reading, writing = os.pipe()
    os.environ.update(plan["environment"])
    asyncio.run(_sync(plan, writing))
    os.close(writing)
    said = os.read(reading, 2)
    os.close(reading)
    gc.collect()
    gc.freeze()  # a collection in a child would copy all pages
    return next(status for status, letter in STATUS.items() if said.endswith(letter))


def _read(pipe: int, wait_s: float) -> bytes:
    ready, _, _ = select.select([pipe], [], [], wait_s)
    return os.read(pipe, 1) if ready else b""


def main() -> None:
    """Carry out the plans."""
    for line in sys.stdin:
        plan = json.loads(line)
        deaths = [*plan["deaths"], *([None] if plan["then_finish"] else [])]
        ended = [_here(plan)] if plan["here"] else [_one(plan, death) for death in deaths]
        sys.stdout.write(json.dumps(ended) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
