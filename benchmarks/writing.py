"""How fast rows are written: ours against hand-written COPY and merge on the same machine in the same run."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ARRAY, Boolean, DateTime, Float, Integer, text

from benchmarks.goal import Bench, Goal, Measured
from store.database import Database
from store.tables.code import pull_request
from store.upsert import upsert

RATIO = Goal("E9", "writer, ratio to hand-written COPY + merge", 0.6, "", "higher", "peers row by row: 0.02 to 0.3")
COLUMNS = list(pull_request.c)[:20]
VALUES: list[tuple[type, Any]] = [
    (ARRAY, ["a", "b"]),
    (Boolean, False),
    (Integer, 7),
    (DateTime, datetime(2026, 1, 1, tzinfo=UTC)),
    (Float, 1.5),
]


def make_rows(count: int) -> list[dict[str, Any]]:
    """Rows of twenty columns; text differs from row to row."""
    fixed = {column.name: next((value for kind, value in VALUES if isinstance(column.type, kind)), None) for column in COLUMNS}
    return [{name: f"{name} {serial}" if value is None else value for name, value in fixed.items()} for serial in range(count)]


async def by_hand(db: Database, rows: list[dict[str, Any]]) -> None:
    """The floor: COPY into a stage and merge, with nothing checked."""
    names = list(rows[0])
    listed = ", ".join(f'"{name}"' for name in names)
    assign = ", ".join(f'"{name}" = excluded."{name}"' for name in names[1:])
    async with db.begin() as connection:
        await connection.execute(text("create temp table by_hand (like pull_request including defaults) on commit drop"))
        raw = await db.raw(connection)
        await raw.copy_records_to_table("by_hand", records=[tuple(row.values()) for row in rows], columns=names)
        merge = f"insert into pull_request ({listed}) select {listed} from by_hand on conflict (id) do update set {assign}"
        await connection.execute(text(merge))


async def ours(db: Database, rows: list[dict[str, Any]]) -> None:
    """What the sync uses."""
    async with db.begin() as connection:
        await upsert(connection, pull_request, rows)


async def run(bench: Bench) -> AsyncIterator[Measured]:
    """Best of five each, in turns, into an emptied table."""
    rows = make_rows(20_000)
    best = {ours: float("inf"), by_hand: float("inf")}
    for _ in range(5):
        for write in (ours, by_hand):
            async with bench.db.begin() as connection:
                await connection.execute(text("truncate pull_request"))
            began = time.perf_counter()
            await write(bench.db, rows)
            best[write] = min(best[write], time.perf_counter() - began)
    yield Measured(RATIO, best[by_hand] / best[ours], f"({len(rows) / best[ours]:,.0f} rows/s)")
