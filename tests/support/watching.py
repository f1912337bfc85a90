"""A running `pulse up` or `pulse serve`, looked at from outside while its database comes and goes."""

import asyncio
import contextlib
import re
import subprocess
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx
from workers import pulse

from store import dsn as dsns

READY_LIMIT_S = 120.0
ANSWER_LIMIT_S = 20.0
PROMPT_S = 3.0
"""An answer that says why there is none comes within this time."""
COUNTED = "select (select count(*) from raw_record) + (select count(*) from fact_pull_request)"
ASKED = ("/api/v1/sync/runs", "/api/v1/sync/health")
FAILURES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass
class Watching:
    """What is seen of the API and of the store."""

    http: httpx.AsyncClient
    dsn: str
    process: "subprocess.Popen[bytes]"
    stored: int = 0
    lost: int = 0
    looks: int = 0
    odd: list[str] = field(default_factory=list)
    back_s: list[float] = field(default_factory=list)
    reasons: set[str] = field(default_factory=set)

    async def look(self) -> None:
        """Count what is stored; it must never become less."""
        connection = await asyncpg.connect(dsns.for_asyncpg(self.dsn), timeout=2)
        try:
            found = int(await connection.fetchval(COUNTED))
        finally:
            await connection.close()
        self.looks += 1
        self.lost += found < self.stored
        self.stored = max(self.stored, found)

    async def until_back(self) -> float:
        """Wait for the database, then for the API; returns how long the database took."""
        began = time.monotonic()
        while True:
            with contextlib.suppress(*FAILURES):
                await self.look()
                break
            await asyncio.sleep(0.02)
        there = time.monotonic()
        while not all([await self.ask(path) for path in ASKED]):
            await asyncio.sleep(0.05)
        self.back_s.append(time.monotonic() - there)
        return there - began

    async def ask(self, path: str, question: str | None = None) -> bool:
        """Whether the API answers; an answer that says neither yes nor promptly why not is noted."""
        began = time.monotonic()
        try:
            asked = {"json": {"question": question}} if question else {}
            answer = await self.http.request("POST" if question else "GET", path, timeout=ANSWER_LIMIT_S, **asked)
        except httpx.HTTPError as error:
            self.odd.append(f"{path}: {type(error).__name__}")
            return False
        took_s = time.monotonic() - began
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE and "retry-after" in answer.headers and took_s <= PROMPT_S:
            self.reasons.add(answer.json()["detail"])
        elif not answer.is_success:
            self.odd.append(f"{path}: {answer.status_code} after {took_s:.1f} s")
        return answer.is_success

    async def states(self) -> list[tuple[str, str]]:
        """State and sentence of each run, as the API tells them."""
        answer = await self.http.get("/api/v1/sync/runs", timeout=ANSWER_LIMIT_S)
        return [(run["state"], run["says"]) for run in answer.json()] if answer.is_success else []


@contextlib.asynccontextmanager
async def watched(arguments: Sequence[str], given: dict[str, str], log: Path, dsn: str) -> AsyncIterator[Watching]:
    """A `pulse` that serves HTTP, once it says where."""
    begun = log.stat().st_size if log.exists() else 0
    with pulse(arguments, given, log) as process:
        deadline = time.monotonic() + READY_LIMIT_S
        while not (found := re.search(r"ready at (http://\S+)", _since(log, begun))) and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
        assert found is not None, _since(log, begun)[-2000:]
        async with httpx.AsyncClient(base_url=found[1].rstrip("."), trust_env=False) as http:
            yield Watching(http, dsn, process)


def _since(log: Path, begun: int) -> str:
    return log.read_bytes()[begun:].decode(errors="replace") if log.exists() else ""
