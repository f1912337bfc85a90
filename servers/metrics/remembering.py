"""Rows of statements that were run before on the same data, so that the same question twice costs the database nothing."""

import hashlib
import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from servers.metrics.compile import Statement
from store.cache import Cache, make_cache
from store.settings import Settings

Rows = list[dict[str, Any]]
CACHES: WeakKeyDictionary[AsyncEngine, Cache] = WeakKeyDictionary()
_WRITTEN: dict[str, Callable[[str], Any]] = {"$decimal": Decimal, "$instant": datetime.fromisoformat, "$day": date.fromisoformat}


async def rows_of(connection: AsyncConnection, settings: Settings, statement: Statement, version: str | None) -> Rows:
    """The rows of a statement; `version` names the data it reads, and without one nothing is remembered."""
    if version is None:
        return await _rows(connection, statement)
    cache = CACHES.setdefault(connection.engine, make_cache(settings))
    key = hashlib.sha256(written([version, statement.sql, dict(statement.params)]).encode()).hexdigest()
    if (known := await cache.get(key)) is not None:
        remembered: Rows = read(known)
        return remembered
    found = await _rows(connection, statement)
    await cache.put(key, written(found))
    return found


async def _rows(connection: AsyncConnection, statement: Statement) -> Rows:
    found = await connection.execute(text(statement.sql), statement.params)
    return [dict(row) for row in found.mappings()]


def written(value: Any) -> str:
    """As JSON that tells decimals, instants and days from texts."""
    return json.dumps(value, default=_told, separators=(",", ":"))


def read(content: str) -> Any:
    """What `written` wrote."""
    return json.loads(content, object_hook=_meant)


def _told(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, datetime):
        return {"$instant": value.isoformat()}
    if isinstance(value, date):
        return {"$day": value.isoformat()}
    raise TypeError(f"{type(value).__name__} cannot be remembered")


def _meant(found: dict[str, Any]) -> Any:
    if len(found) == 1:
        kind, value = next(iter(found.items()))
        if kind in _WRITTEN:
            return _WRITTEN[kind](value)
    return found
