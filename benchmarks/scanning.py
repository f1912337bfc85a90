"""How many rows of tables and indexes the statements behind a question read, as PostgreSQL counts them."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from sqlalchemy import event

from servers.metrics.remembering import CACHES
from store.database import Database

SCANS = frozenset({"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Sample Scan"})
REMOVED = ("Rows Removed by Filter", "Rows Removed by Index Recheck")


async def scanned(db: Database, call: Callable[[], Awaitable[object]]) -> Counter[str]:
    """Rows read per table by everything that the call asks: found in the table or an index, whether kept or dropped by a filter."""
    CACHES.clear()
    asked = await _asked(db, call)
    async with db.connect() as connection:
        rows: Counter[str] = Counter()
        for sql, values in asked:
            found = await connection.exec_driver_sql(f"explain (analyze, format json) {sql}", values)
            plan = found.scalar_one()
            for node in _nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]):
                if node["Node Type"] in SCANS:
                    rows[node["Relation Name"]] += _read(node)
    return rows


async def _asked(db: Database, call: Callable[[], Awaitable[object]]) -> list[tuple[str, Any]]:
    """The statements of a call, with their values."""
    noted: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        if sql.lstrip().lower().startswith(("select", "with")):
            noted.append((sql, values))

    event.listen(db.engine.sync_engine, "before_cursor_execute", note)
    try:
        await call()
    finally:
        event.remove(db.engine.sync_engine, "before_cursor_execute", note)
    return noted


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def _read(node: dict[str, Any]) -> int:
    """Rows that one scan looked at, over all its rounds."""
    rows: int = round((node["Actual Rows"] + sum(node.get(name, 0) for name in REMOVED)) * node["Actual Loops"])
    return rows
