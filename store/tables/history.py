"""What the facts were before each change, so that a question can be answered as it would have been on a past day."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Table

from store.tables.base import at, document, table, words

fact_revision = table(
    "fact_revision",
    Column("id", BigInteger, Identity(), primary_key=True),
    at("at", required=True),
    words("fact", required=True),
    words("entity", required=True),
    words("row_key", required=True),
    document("before"),
    indexes=[("fact", "id"), ("at",)],
)
"""One row per changed row of a fact table: `before` is what it was until `at`, null where it did not exist.

`entity` is the first column of its key, `row_key` the whole key. The oldest row is empty and says since when changes are kept.
"""


def row_key(fact: Table, alias: str) -> str:
    """SQL for the whole key of a row as one text; instants as seconds, so that no session's time zone changes it."""
    parts = [
        f"extract(epoch from {alias}.{column.name})::text" if isinstance(column.type, DateTime) else f"{alias}.{column.name}"
        for column in fact.primary_key
    ]
    return " || '|' || ".join(parts)
