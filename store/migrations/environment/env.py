"""Alembic's entry: runs on the connection that `store.migrate` hands in."""

from typing import Any

from alembic import context

from store.tables import metadata


def ours(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """Leave Alembic's own table alone; schemas of libraries are never looked at."""
    return not (kind == "table" and name == "alembic_version")


connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=metadata, include_object=ours, compare_server_default=True, transaction_per_migration=False
)
context.run_migrations()
