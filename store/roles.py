"""The four database roles: owner migrates, etl writes what it learns, app serves and writes its own tables, agent only reads.

The owner makes the other three where it may. Their passwords are derived from the owner's, so that every process on every
machine that knows DATABASE_URL agrees on them without a word being stored.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import asyncpg
from sqlalchemy import Table

from store import dsn as dsns

Role = Literal["owner", "etl", "app", "agent"]
LOGINS: tuple[Role, ...] = ("etl", "app", "agent")

SCHEMAS: dict[str, tuple[Role, ...]] = {"jobs": ("etl", "app"), "chat": ("app",), "graph": ("app",)}
"""Schemas of libraries (queue, chat history, agent checkpoints) and the roles that work in them."""

SESSION: dict[Role, dict[str, str]] = {
    "owner": {"lock_timeout": "60s", "idle_in_transaction_session_timeout": "300s"},
    "etl": {"lock_timeout": "30s", "idle_in_transaction_session_timeout": "30s"},  # as long as a silent worker keeps its run
    "app": {"statement_timeout": "10s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "60s"},
    "agent": {
        "statement_timeout": "5s",
        "lock_timeout": "2s",
        "idle_in_transaction_session_timeout": "15s",
        "default_transaction_read_only": "on",
    },
}
"""Session settings per role. They bound accidents; what a role may touch is decided by grants alone."""

MAX_NAME_BYTES = 63


@dataclass(frozen=True)
class Login:
    """User name and password of one role."""

    name: str
    password: str


def derive_login(owner_dsn: str, role: Role) -> Login:
    """The login of a role beside this owner; the same on every machine."""
    owner, password = dsns.login(owner_dsn)
    stem = (owner or "pulse").removesuffix("_owner")[: MAX_NAME_BYTES - len(role) - 1]
    secret = hmac.new(password.encode(), f"pulse {owner} {role}".encode(), hashlib.sha256).hexdigest()
    return Login(f"{stem}_{role}", secret)


async def make_logins(connection: asyncpg.Connection, owner_dsn: str) -> None:
    """Create or refresh etl, app and agent; raises InsufficientPrivilegeError where the owner may not."""
    for role in LOGINS:
        login = derive_login(owner_dsn, role)
        known = await connection.fetchval("select 1 from pg_roles where rolname = $1", login.name)
        # What a role may not do is fixed when it is made: only a superuser may say it again, and the owner of an older store is none.
        made = "login nosuperuser nocreatedb nocreaterole noreplication"
        verb = f"alter role {_quoted(login.name)}" if known else f"create role {_quoted(login.name)} {made}"
        await connection.execute(f"{verb} password '{login.password}'")


# What a library made as a login of its own belongs to that login, and its owner here may not grant it to anybody.
_OWN_TABLES = """do $$ declare t record; begin
  for t in select c.oid::regclass as name, c.relkind = 'S' as numbers from pg_class c
    where c.relnamespace = to_regnamespace('{schema}') and c.relkind in ('r', 'p', 'S') and pg_has_role(c.relowner, 'usage')
  loop execute format('grant all on %s %s to {name}', case when t.numbers then 'sequence' else 'table' end, t.name); end loop; end $$"""


def grants(tables: Iterable[Table], owner_dsn: str, names: dict[Role, str]) -> Iterator[str]:
    """The statements that give each role exactly what it may do; running them twice changes nothing."""
    tables = sorted(tables, key=lambda table: table.name)
    database = _quoted(dsns.database_name(owner_dsn))
    everyone = ", ".join(_quoted(name) for name in names.values())
    yield f"revoke all on database {database} from public"
    yield "revoke create on schema public from public"
    yield f"grant connect on database {database} to {everyone}"
    yield f"grant usage on schema public to {everyone}"
    yield f"revoke all on all tables in schema public from {everyone}"
    for role, name in names.items():
        if role in ("etl", "app"):
            yield f"grant temporary on database {database} to {_quoted(name)}"
        yield from _table_grants(tables, role, _quoted(name))
        yield from _schema_grants(role, _quoted(name))
    yield f"grant select on all tables in schema public to {', '.join(_quoted(names[role]) for role in ('etl', 'app') if role in names)}"
    yield f"grant select on alembic_version to {everyone}"


def _table_grants(tables: list[Table], role: Role, name: str) -> Iterator[str]:
    add = [table for table in tables if role in (table.info.get("writer"), table.info.get("also"))]
    change = [table for table in add if not table.info.get("append_only")]
    if role == "agent":
        read = [table for table in tables if table.info.get("writer") == "etl"]
        yield f"grant select on {_listed(read)} to {name}"
    if add:
        yield f"grant insert on {_listed(add)} to {name}"
        yield f"grant update, delete on {_listed(change)} to {name}"
        yield f"grant usage, select on all sequences in schema public to {name}"
    if role == "etl" and change:
        yield f"grant truncate on {_listed([table for table in change if table.info.get('writer') == 'etl'])} to {name}"


def maintenance(tables: Iterable[Table], name: str) -> str:
    """Lets a role refresh statistics after it has written; PostgreSQL 17 and newer know that right."""
    return f"grant maintain on {_listed(sorted(tables, key=lambda table: table.name))} to {_quoted(name)}"


def _schema_grants(role: Role, name: str) -> Iterator[str]:
    for schema, roles in SCHEMAS.items():
        if role in roles:
            yield f"grant usage, create on schema {schema} to {name}"
            yield _OWN_TABLES.format(schema=schema, name=name)
            yield f"grant execute on all functions in schema {schema} to {name}"


def _listed(tables: Iterable[Table]) -> str:
    return ", ".join(_quoted(table.name) for table in tables)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
