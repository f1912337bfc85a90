"""What every table definition shares: the metadata with its naming convention and short column makers."""

from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, DateTime, Float, Index, Integer, MetaData, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

from store.documents import Packed

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Writer = Literal["etl", "app"]


def table(
    name: str,
    *parts: SchemaItem,
    writer: Writer = "etl",
    also: Writer | None = None,
    append_only: bool = False,
    indexes: Sequence[Sequence[str]] = (),
) -> Table:
    """A table on the shared metadata; `indexes` are lists of column names.

    `writer` is the role that may change its rows, `also` a second one; to an `append_only` table they may only add rows.
    """
    made = Table(name, metadata, *parts, info={"writer": writer, "also": also, "append_only": append_only})
    for columns in indexes:
        Index(None, *(made.c[column] for column in columns))
    return made


def key(name: str = "id") -> Column[str]:
    """A text column that is (part of) the primary key."""
    return Column(name, Text, primary_key=True)


def words(name: str, *, required: bool = False) -> Column[str]:
    """A text column."""
    return Column(name, Text, nullable=not required)


def at(name: str, *, required: bool = False) -> Column[Any]:
    """An instant (timestamptz, UTC)."""
    return Column(name, DateTime(timezone=True), nullable=not required)


def whole(name: str) -> Column[int]:
    """An integer column."""
    return Column(name, Integer)


def large(name: str) -> Column[int]:
    """An integer column for numbers of eight bytes, such as ids of a source."""
    return Column(name, BigInteger)


def number(name: str) -> Column[float]:
    """A float column; the name carries the unit."""
    return Column(name, Float)


def flag(name: str, *, default: bool = False) -> Column[bool]:
    """A boolean that is never null."""
    return Column(name, Boolean, nullable=False, server_default=text("true" if default else "false"))


def maybe(name: str) -> Column[bool]:
    """A boolean that may be unknown."""
    return Column(name, Boolean)


def names(name: str) -> Column[Any]:
    """A list of texts, empty when nothing is known."""
    return Column(name, ARRAY(Text), nullable=False, server_default=text("'{}'"))


def document(name: str) -> Column[Any]:
    """A JSON document."""
    return Column(name, JSONB)


def packed(name: str) -> Column[Any]:
    """A JSON document word for word, compressed: PostgreSQL does not look into it."""
    return Column(name, Packed)
