"""The run log as a table: filtered, searched, paged, exported, and deleted by age."""

import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.listing import Listing, quoted
from servers.paging import from_cursor, to_cursor
from servers.records.runs import named
from store.tables.operations import run_log, sync_run

Level = Literal["info", "warning", "error"]
LEVELS: tuple[Level, ...] = get_args(Level)
PAGE_ROWS = 100
EXPORT_ROWS = 2_000
"""Rows that an export reads at a time."""
MESSAGE_CHARS = 500
COLUMNS = ["at", "level", "message", "source", "run"]


@dataclass(frozen=True)
class Wanted:
    """Which lines: all, or those that pass every filter."""

    run: str | None = None
    source: str | None = None
    level: Level | None = None
    """Lines of exactly this level."""
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The filters on the log joined with its run."""
        found: list[ColumnElement[bool]] = []
        if self.run:
            found.append(named(run_log.c.run_id, self.run))
        if self.source:
            found.append(sync_run.c.source == self.source)
        if self.level:
            found.append(run_log.c.level == self.level)
        if self.text:
            found.append(run_log.c.message.icontains(self.text, autoescape=True))
        if self.since:
            found.append(run_log.c.at >= self.since)
        if self.until:
            found.append(run_log.c.at < self.until)
        return found


async def page(
    connection: AsyncConnection, wanted: Wanted, *, cursor: str | None = None, newest_first: bool = False, rows: int = PAGE_ROWS
) -> Listing:
    """One page of lines, in the order they were written or the newest first; `total` counts all that match."""
    position = from_cursor(cursor, int)
    found = (await connection.execute(_lines(wanted, position[0] if position else None, newest_first, rows + 1))).mappings().all()
    shown = found[:rows]
    total = select(func.count()).select_from(_joined()).where(*wanted.conditions())
    return Listing(
        columns=COLUMNS,
        rows=[[row["at"].isoformat(), row["level"], quoted(row["message"], MESSAGE_CHARS), row["source"], row["run_id"]] for row in shown],
        next_cursor=to_cursor([shown[-1]["id"]]) if len(found) > rows else None,
        total=await connection.scalar(total),
    )


def _joined() -> Any:
    return run_log.outerjoin(sync_run, sync_run.c.id == run_log.c.run_id)


def _lines(wanted: Wanted, position: int | None, newest_first: bool, rows: int) -> Select[Any]:
    beyond = [] if position is None else [run_log.c.id < position if newest_first else run_log.c.id > position]
    order = run_log.c.id.desc() if newest_first else run_log.c.id
    columns = (run_log.c.id, run_log.c.at, sync_run.c.source, run_log.c.run_id, run_log.c.level, run_log.c.message, run_log.c.context)
    return select(*columns).select_from(_joined()).where(*wanted.conditions(), *beyond).order_by(order).limit(rows)


async def export(connection: AsyncConnection, wanted: Wanted, form: Literal["csv", "jsonl"]) -> AsyncIterator[str]:
    """All lines that match, oldest first, as CSV with a header or one JSON object per line; read in pieces, whatever their number."""
    if form == "csv":
        yield _as_csv([COLUMNS])
    position: int | None = None
    while True:
        found = (await connection.execute(_lines(wanted, position, newest_first=False, rows=EXPORT_ROWS))).mappings().all()
        if not found:
            return
        position = found[-1]["id"]
        yield _as_csv([[_plain(row[name]) for name in _COLUMNS] for row in found]) if form == "csv" else "".join(map(_as_json, found))


_COLUMNS = ("at", "level", "message", "source", "run_id")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _plain(value: Any) -> str:
    """A cell that a spreadsheet does not take for a formula: messages may hold words of tickets."""
    text = value.isoformat() if isinstance(value, datetime) else str(value or "")
    return f"'{text}" if text.startswith(_FORMULA) else text


def _as_csv(rows: list[list[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue()


def _as_json(row: Any) -> str:
    line = dict(zip(COLUMNS, (row[name] for name in _COLUMNS), strict=True))
    return json.dumps({**line, "context": row["context"]}, ensure_ascii=False, default=_said) + "\n"


def _said(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


async def delete_before(connection: AsyncConnection, before: datetime, *, level: Level | None = None) -> int:
    """Delete lines written before an instant (of one level only, when named); returns how many."""
    older = [run_log.c.at < before] + ([run_log.c.level == level] if level else [])
    return (await connection.execute(delete(run_log).where(*older))).rowcount
