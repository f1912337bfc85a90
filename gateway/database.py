"""Administration of the database, for `pulse db`. Everything here runs as the owner."""

import os
import shutil
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import text

from store import migrate
from store.database import Database
from store.embedded import program
from store.roles import SCHEMAS
from store.tables import metadata

SIZES = """
select relname as table, reltuples::bigint as rows, pg_total_relation_size(c.oid) as bytes
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema')
order by bytes desc
"""
ACTIVITY = """
select pid, usename as role, state, extract(epoch from now() - query_start)::float as seconds, left(query, 120) as query
from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() order by query_start
"""


async def revision(db: Database) -> str | None:
    """The migration the database is at."""
    async with db.connect() as connection:
        return await migrate.revision(connection)


async def downgrade(db: Database, to: str) -> str | None:
    """Undo the migrations after `to`; returns where the database is then."""
    async with db.begin() as connection:
        await migrate.lock(connection)
        await migrate.downgrade(connection, to)
    return await revision(db)


async def reset(db: Database) -> str | None:
    """Drop all that Pulse has made and make it anew, empty."""
    async with db.begin() as connection:
        await migrate.lock(connection)
        for schema in (*SCHEMAS, "public"):
            await connection.execute(text(f"drop schema if exists {schema} cascade"))
        await connection.execute(text("create schema public"))
        await migrate.upgrade(connection)
    return await revision(db)


async def empty(db: Database) -> list[str]:
    """Empty every table that syncs fill; connections, users, decisions, conversations and the audit trail stay. Returns their names."""
    synced = sorted(table.name for table in metadata.tables.values() if table.info.get("writer") == "etl")
    async with db.begin() as connection:
        await connection.execute(text(f"truncate {', '.join(synced)} restart identity"))
    return synced


async def sizes(db: Database) -> list[dict[str, Any]]:
    """Tables with estimated rows and bytes, largest first."""
    return await _rows(db, SIZES)


async def activity(db: Database) -> list[dict[str, Any]]:
    """Sessions on this database with the seconds their statement runs."""
    return await _rows(db, ACTIVITY)


async def vacuum(db: Database) -> None:
    """VACUUM ANALYZE of everything; needs to be outside a transaction."""
    async with db.connect() as connection:
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await outside.execute(text("vacuum analyze"))


def psql_command(dsn: str) -> tuple[list[str], dict[str, str]]:
    """The command and environment that open psql; the password is not on the command line."""
    binary = shutil.which("psql") or str(program("psql"))
    parts = conninfo_to_dict(dsn)
    password = str(parts.pop("password", "") or "")
    return [binary, make_conninfo("", **parts)], {**os.environ, **({"PGPASSWORD": password} if password else {})}


async def _rows(db: Database, statement: str) -> list[dict[str, Any]]:
    async with db.connect() as connection:
        return [dict(row) for row in (await connection.execute(text(statement))).mappings()]
