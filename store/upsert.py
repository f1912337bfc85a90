"""Rows written twice are found once: new ones by COPY, others by one merge that touches only those that differ."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, JSON, Column, Dialect, Numeric, String, Table
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database import Database
from store.documents import Packed, clean_text, document_text, pack

Row = Mapping[str, Any]
Values = Sequence[Any]
"""Those of one column, row by row."""
Prepare = Callable[[Values], Values]


@dataclass(frozen=True)
class UpsertResult:
    """How many distinct rows were new, changed, or already there as given."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0

    def __add__(self, other: "UpsertResult") -> "UpsertResult":
        return UpsertResult(self.inserted + other.inserted, self.updated + other.updated, self.unchanged + other.unchanged)


async def upsert(connection: AsyncConnection, table: Table, rows: Iterable[Row]) -> UpsertResult:
    """Insert or update `rows` by the table's primary key, in the transaction of `connection`.

    Columns that a row leaves out keep their value. Of rows with the same key and columns the last one wins.
    `table.info["volatile"]` names columns whose change alone is no change (such as when a row was last seen);
    `table.info["newer_by"]` names an instant: a row that is older than the stored one is not written.
    """
    result = UpsertResult()
    for batch in _batches(table, rows):
        given = [_literals(values) if isinstance(table.c[name].type, ARRAY) else values for name, values in batch.columns.items()]
        raw = await Database.raw(connection)
        [(inserted, updated)] = await raw.fetch(_merge_sql(table, tuple(batch.columns), connection.dialect), *given)
        result += UpsertResult(inserted, updated, batch.size - inserted - updated)
    return result


async def insert(connection: AsyncConnection, table: Table, rows: Iterable[Row]) -> None:
    """Add rows that are not there yet, in half the time that `upsert` takes. Of rows with the same key and columns the last one wins.

    Raises:
        asyncpg.UniqueViolationError: one is there.
    """
    for batch in _batches(table, rows):
        raw = await Database.raw(connection)
        await raw.copy_records_to_table(table.name, records=zip(*batch.columns.values(), strict=True), columns=list(batch.columns))


@dataclass(frozen=True)
class _Batch:
    """Values by column, each key once, as PostgreSQL can hold them."""

    columns: Mapping[str, Values]
    size: int


def _batches(table: Table, rows: Iterable[Row]) -> Iterator[_Batch]:
    """The rows by the columns they name."""
    alike: dict[tuple[str, ...], list[Row]] = {}
    once = {id(row): row for row in reversed(list(rows))}  # the same object may stand in a hundred places, of which the last counts
    for row in reversed(once.values()):
        alike.setdefault(tuple(row), []).append(row)
    for names, some in alike.items():
        _check(table, names)
        yield _batch(table, names, some)


def _batch(table: Table, names: tuple[str, ...], rows: Sequence[Row]) -> _Batch:
    columns: dict[str, Values] = {}
    for name, values in zip(names, zip(*(row.values() for row in rows), strict=True), strict=True):
        prepare = _prepare(table.c[name])
        columns[name] = prepare(values) if prepare else values
    last = dict(zip(zip(*(columns[column.name] for column in table.primary_key), strict=True), range(len(rows)), strict=True))
    if len(last) < len(rows):
        columns = {name: [values[index] for index in last.values()] for name, values in columns.items()}
    return _Batch(columns, len(last))


def _check(table: Table, names: tuple[str, ...]) -> None:
    unknown = set(names) - set(table.c.keys())
    if unknown:
        raise ValueError(f"table {table.name} has no column {sorted(unknown)}")
    missing = {column.name for column in table.primary_key} - set(names)
    if missing:
        raise ValueError(f"rows for {table.name} lack their key {sorted(missing)}")


@cache
def _prepare(column: Column[Any]) -> Prepare | None:
    """How values of this column become what PostgreSQL takes; None when they go as they are."""
    if isinstance(column.type, Packed):
        return _each(pack)
    if isinstance(column.type, JSON):
        return _each(document_text)
    if isinstance(column.type, ARRAY):
        return _each(_clean_list)
    if isinstance(column.type, String):
        return _clean_texts
    if isinstance(column.type, Numeric) and column.type.asdecimal:
        return _each(_decimal)
    return None


def _each(change: Callable[[Any], Any]) -> Prepare:
    return lambda values: [None if value is None else change(value) for value in values]


def _clean_texts(values: Values) -> Values:
    """Cleaned texts; all of them are looked at as one first, since few need it."""
    together = "".join(filter(None, values))
    if together.isascii() and "\x00" not in together:
        return values
    return [None if value is None else clean_text(value) for value in values]


def _clean_list(value: Sequence[Any]) -> Sequence[Any]:
    if not value:
        return value
    return [clean_text(item) if isinstance(item, str) else item for item in value]


def _decimal(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))  # str: 0.1 stays 0.1


def _literals(lists: Values) -> list[str | None]:
    """Lists as PostgreSQL writes arrays: a list of lists of different lengths is no array."""
    return [None if items is None else f"{{{','.join(map(_literal, items))}}}" for items in lists]


def _literal(item: Any) -> str:
    if item is None:
        return "NULL"
    escaped = str(item).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@cache
def _merge_sql(table: Table, names: tuple[str, ...], dialect: Dialect) -> str:
    """One statement: rows that are there as given are left out before anything is locked; the others are written in the order of
    their keys, so that two writers never wait for each other in a ring."""
    keys = [column.name for column in table.primary_key]
    columns, key_list = (", ".join(map(_quoted, some)) for some in (names, keys))
    arrays = ", ".join(f"${place}::{_kind(table.c[name], dialect)}[]" for place, name in enumerate(names, 1))
    values = ", ".join(f"{_quoted(name)}{_cast(table.c[name], dialect)} as {_quoted(name)}" for name in names)
    ordered = ", ".join(f"given.{_quoted(name)}{_by_bytes(table.c[name])}" for name in keys)
    return f"""
        with written as (
          insert into {_quoted(table.name)} as kept ({columns})
          select {columns} from (select {values} from unnest({arrays}) as given ({columns})) as given
          where not exists (select from {_quoted(table.name)} as kept where {_same(table, names, keys)}) order by {ordered}
          on conflict ({key_list}) do {_update_clause(table, names, keys)}
          returning xmax = 0 as is_new
        )
        select count(*) filter (where is_new), count(*) filter (where not is_new) from written
    """


def _kind(column: Column[Any], dialect: Dialect) -> str:
    """The type in which values of a column are sent."""
    return "text" if isinstance(column.type, ARRAY | JSON) else column.type.compile(dialect)


def _cast(column: Column[Any], dialect: Dialect) -> str:
    return f"::{column.type.compile(dialect)}" if isinstance(column.type, ARRAY | JSON) else ""


def _by_bytes(column: Column[Any]) -> str:
    """Any order will do for keys as long as it is the same, and this is the quickest."""
    return ' collate "C"' if isinstance(column.type, String) else ""


def _same(table: Table, names: tuple[str, ...], keys: list[str]) -> str:
    """Whether a row is stored as it is given."""
    found = " and ".join(f"kept.{_quoted(name)} = given.{_quoted(name)}" for name in keys)
    compared = _compared(table, names, keys)
    if not compared:
        return found
    old, new = (", ".join(f"{side}.{_quoted(name)}" for name in compared) for side in ("kept", "given"))
    return f"{found} and ({old}) is not distinct from ({new})"


def _compared(table: Table, names: tuple[str, ...], keys: list[str]) -> list[str]:
    return [name for name in names if name not in keys and name not in table.info.get("volatile", ())]


def _update_clause(table: Table, names: tuple[str, ...], keys: list[str]) -> str:
    compared = _compared(table, names, keys)
    if not compared:
        return "nothing"
    assign = ", ".join(f"{_quoted(name)} = excluded.{_quoted(name)}" for name in names if name not in keys)
    old, new = (", ".join(f"{side}.{_quoted(name)}" for name in compared) for side in ("kept", "excluded"))
    newer = table.info.get("newer_by")
    guard = f" and excluded.{_quoted(newer)} >= coalesce(kept.{_quoted(newer)}, '-infinity')" if newer in names else ""
    return f"update set {assign} where ({old}) is distinct from ({new}){guard}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
