"""Rows written twice are found once: COPY into a stage, then one merge that touches only rows that differ."""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, JSON, Column, Numeric, String, Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from store.database import Database

Row = Mapping[str, Any]
Prepare = Callable[[Any], Any]


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

    All rows name the same columns; columns they leave out keep their value. Of rows with the same key the last one wins.
    `table.info["volatile"]` names columns whose change alone is no change (such as when a row was last seen);
    `table.info["newer_by"]` names an instant: a row that is older than the stored one is not written.
    """
    batch = list(rows)
    if not batch:
        return UpsertResult()
    names = tuple(batch[0])
    _check(table, names, batch)
    stage = f"stage_{table.name}"[:63]
    await connection.execute(text(f'drop table if exists pg_temp."{stage}"'))
    await connection.execute(text(_stage_sql(table, names, stage)))
    raw = await Database.raw(connection)
    await raw.copy_records_to_table(stage, records=_records(table, names, batch), columns=[*names, "stage_order"], schema_name="pg_temp")
    total, inserted, updated = (await connection.execute(text(_merge_sql(table, names, stage)))).one()
    return UpsertResult(inserted, updated, total - inserted - updated)


def _check(table: Table, names: tuple[str, ...], batch: Sequence[Row]) -> None:
    unknown = set(names) - set(table.c.keys())
    if unknown:
        raise ValueError(f"table {table.name} has no column {sorted(unknown)}")
    missing = {column.name for column in table.primary_key} - set(names)
    if missing:
        raise ValueError(f"rows for {table.name} lack their key {sorted(missing)}")
    expected = set(names)
    odd = next((row for row in batch if row.keys() != expected), None)
    if odd is not None:
        raise ValueError(f"rows for {table.name} differ in their columns: {sorted(expected ^ set(odd))}")


def _records(table: Table, names: tuple[str, ...], batch: Sequence[Row]) -> Iterable[tuple[Any, ...]]:
    prepare = [_prepare(table.c[name]) for name in names]
    columns = list(zip(names, prepare, strict=True))
    for order, row in enumerate(batch):
        yield (*(clean(row[name]) if (value := row[name]) is not None and clean else value for name, clean in columns), order)


@cache
def _prepare(column: Column[Any]) -> Prepare | None:
    """How a value of this column becomes what COPY takes; None when it goes as it is."""
    if isinstance(column.type, JSON):
        return document_text
    if isinstance(column.type, ARRAY):
        return _clean_list
    if isinstance(column.type, String):
        return clean_text
    if isinstance(column.type, Numeric) and column.type.asdecimal:
        return _decimal
    return None


def clean_text(value: str) -> str:
    """Text as PostgreSQL can hold it."""
    if value.isascii() and "\x00" not in value:
        return value
    value = value.replace("\x00", "")  # PostgreSQL text cannot hold NUL; titles of pull requests contain it
    return value.encode("utf-8", "replace").decode("utf-8")  # nor half of a surrogate pair, which JSON can spell


def document_text(value: Any) -> str:
    """JSON as jsonb can hold it: no NUL, no half surrogate pairs, no NaN or infinity."""
    try:
        document = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        document.encode("utf-8")
    except ValueError:  # NaN, or (UnicodeEncodeError) a lone surrogate
        return json.dumps(_clean_document(value), ensure_ascii=False, separators=(",", ":"))
    if "\\u0000" in document:
        return json.dumps(_clean_document(value), ensure_ascii=False, separators=(",", ":"))
    return document


def _clean_document(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {_clean_document(key): _clean_document(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean_document(item) for item in value]
    return value


def _clean_list(value: Iterable[Any]) -> list[Any]:
    return [clean_text(item) if isinstance(item, str) else item for item in value]


def _decimal(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))  # str: 0.1 stays 0.1


@cache
def _stage_sql(table: Table, names: tuple[str, ...], stage: str) -> str:
    columns = ", ".join(_quoted(name) for name in names)
    return (
        f"create temp table {_quoted(stage)} on commit drop as select {columns}, 0 as stage_order from {_quoted(table.name)} with no data"
    )


@cache
def _merge_sql(table: Table, names: tuple[str, ...], stage: str) -> str:
    keys = [column.name for column in table.primary_key]
    columns = ", ".join(_quoted(name) for name in names)
    key_list = ", ".join(_quoted(name) for name in keys)
    last = f"select distinct on ({key_list}) {columns} from pg_temp.{_quoted(stage)} order by {key_list}, stage_order desc"
    return f"""
        with last as ({last}), written as (
          insert into {_quoted(table.name)} as kept ({columns}) select {columns} from last
          on conflict ({key_list}) do {_update_clause(table, names, keys)}
          returning xmax = 0 as is_new
        )
        select (select count(*) from last), count(*) filter (where is_new), count(*) filter (where not is_new) from written
    """


def _update_clause(table: Table, names: tuple[str, ...], keys: list[str]) -> str:
    values = [name for name in names if name not in keys]
    compared = [name for name in values if name not in table.info.get("volatile", ())]
    if not compared:
        return "nothing"
    assign = ", ".join(f"{_quoted(name)} = excluded.{_quoted(name)}" for name in values)
    old, new = (", ".join(f"{side}.{_quoted(name)}" for name in compared) for side in ("kept", "excluded"))
    newer = table.info.get("newer_by")
    guard = f" and excluded.{_quoted(newer)} >= coalesce(kept.{_quoted(newer)}, '-infinity')" if newer in names else ""
    return f"update set {assign} where ({old}) is distinct from ({new}){guard}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
