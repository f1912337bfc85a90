"""Roles, migrations and grants: who may do what in the database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from databases import drop
from pydantic import SecretStr
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from store import dsn as dsns
from store import migrate
from store.database import Database, open_database
from store.errors import ConfigurationError, DatabaseUnavailable
from store.roles import Role
from store.settings import Settings
from store.tables import metadata
from store.tables.raw import raw_record

pytestmark = pytest.mark.timeout(30)

INSERTS = {
    "etl": "insert into derivation (name) values ('lead times')",
    "app": "insert into conversation (id) values ('c')",
    "both": "insert into audit (at, action) values (now(), 'login')",
}
ALLOWED: dict[Role, set[str]] = {"etl": {"etl", "both"}, "app": {"app", "both"}, "agent": set()}


async def refused(db: Database, statement: str) -> bool:
    """Whether the server refuses a statement for lack of rights; everything is rolled back."""
    async with db.connect() as connection:
        try:
            await connection.execute(text(statement))
        except DBAPIError as error:
            if not any(reason in str(error) for reason in ("permission denied", "read-only", "must be owner", "must be superuser")):
                raise
            return True
        return False


@pytest.mark.parametrize("role", ["etl", "app", "agent"])
async def test_each_role_writes_its_own_tables_and_no_others(settings: Settings, role: Role) -> None:
    """The matrix of rights is enforced by the server, not by our code."""
    async with open_database(settings, role=role) as db:
        accepted = {name for name, statement in INSERTS.items() if not await refused(db, statement)}
    assert accepted == ALLOWED[role]


@pytest.mark.parametrize("role", ["etl", "app", "agent"])
async def test_no_role_changes_structure_rights_or_history(settings: Settings, role: Role) -> None:
    """Nobody but the owner makes or drops tables; nobody rewrites the audit; nobody is a superuser."""
    statements = [
        "create table public.mine (n int)", "drop table team", "alter table team add x int", "create role evil superuser",
        "update audit set action = 'x'", "delete from audit", "truncate audit", "set role postgres",
    ]  # fmt: skip
    async with open_database(settings, role=role) as db:
        async with db.connect() as connection:
            if await connection.scalar(text("select session_user <> current_user")):
                statements.remove("set role postgres")  # a server that takes no passwords: the owner acts as the role
        accepted = [statement for statement in statements if not await refused(db, statement)]
        async with db.connect() as connection:
            superuser = await connection.scalar(text("select rolsuper or rolcreaterole from pg_roles where rolname = current_user"))
    assert (accepted, superuser) == ([], False)


async def test_the_writer_may_refresh_statistics(settings: Settings) -> None:
    """After a first sync the planner must not believe that the tables are empty (servers before 17 leave that to the owner)."""
    async with open_database(settings, role="etl") as db, db.connect() as connection:
        raw = await db.raw(connection)
        if raw.get_server_version().major < 17:
            pytest.skip("this server has no right to maintain")
        assert await connection.scalar(text("select has_table_privilege('fact_issue', 'MAINTAIN')"))


async def test_the_agent_cannot_write_even_when_it_switches_read_only_off(settings: Settings) -> None:
    """Session settings are a convenience; grants are the wall."""
    async with open_database(settings, role="agent") as db, db.connect() as connection:
        await connection.execute(text("set default_transaction_read_only = off"))
        await connection.commit()
        await connection.execute(text("set transaction read write"))
        with pytest.raises(DBAPIError, match="permission denied"):
            await connection.execute(text(INSERTS["etl"]))


async def test_the_agent_does_not_see_users_tokens_or_connections(settings: Settings) -> None:
    """What is no engineering data is none of its business."""
    async with open_database(settings, role="agent") as db:
        assert [name for name in ("app_user", "api_token", "connection", "audit") if not await refused(db, f"select 1 from {name}")] == []


async def test_a_table_that_an_upgrade_brings_is_readable_by_every_role(settings: Settings) -> None:
    """A store of an older release gets the rights for its new tables, although its owner may not say again what its logins are."""
    async with open_database(settings, role="owner") as db, db.begin() as connection:
        await migrate.downgrade(connection, "0005")
    async with open_database(settings, role="owner"), open_database(settings, role="app") as db:
        assert not await refused(db, "select 1 from fact_activity")


async def test_a_store_in_which_the_chat_was_used_can_be_upgraded(settings: Settings) -> None:
    """The tables of the agent's checkpoints belong to the login that made them; the owner leaves them alone and grants the rest."""
    async with open_database(settings, role="app") as db, db.begin() as connection:
        await connection.execute(text("create table graph.checkpoint_migrations (v int)"))
    async with open_database(settings, role="owner") as db, db.begin() as connection:
        await migrate.downgrade(connection, "0004")
    async with open_database(settings, role="owner"), open_database(settings, role="app") as db:
        assert not await refused(db, "select 1 from graph.checkpoint_migrations")


async def test_tables_and_migrations_say_the_same(db: Database) -> None:
    """A table changed without a migration shows up here as a difference."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def differences(connection: Any) -> list[Any]:
        options = {
            "include_object": lambda _o, name, kind, *_: not (kind == "table" and name == "alembic_version"),
            "compare_server_default": True,
        }
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    async with db.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_every_migration_can_be_undone_and_done_again(db: Database) -> None:
    """Down to an empty database and up again, in one transaction each."""
    async with db.begin() as connection:
        await migrate.downgrade(connection, "base")
        assert (
            await connection.scalar(text("select count(*) from pg_tables where schemaname = 'public' and tablename <> 'alembic_version'"))
            == 0
        )
        await migrate.upgrade(connection)
        assert await migrate.revision(connection) == migrate.head()


async def test_raw_records_survive_being_packed_and_unpacked(db: Database) -> None:
    """Version 0015 packs what older ones kept as JSON, and can be undone."""
    key = {"site": "github", "entity": "github.tags", "payload_hash": "x", "fetched_at": datetime(2026, 3, 1, tzinfo=UTC)}
    payloads = {"a": {"name": "größer", "n": [1, 2.5, None]}, "b": None}
    async with db.begin() as connection:
        await connection.execute(insert(raw_record), [{**key, "external_id": name, "payload": given} for name, given in payloads.items()])
        await migrate.downgrade(connection, "0014")
        assert await connection.scalar(text("select payload ->> 'name' from raw_record where external_id = 'a'")) == "größer"
        await migrate.upgrade(connection)
        found = await connection.execute(select(raw_record.c.external_id, raw_record.c.payload))
        assert {row.external_id: row.payload for row in found} == payloads


@pytest.fixture
async def empty_url(server_url: str) -> AsyncIterator[str]:
    """A database nobody has migrated."""
    owner = await asyncpg.connect(dsns.for_asyncpg(server_url))
    await owner.execute("create database pulse_empty_test")
    yield dsns.with_database(server_url, "pulse_empty_test")
    await owner.close()
    await drop(server_url, "pulse_empty_test")


async def test_many_processes_may_start_on_an_empty_database_at_once(empty_url: str, settings: Settings) -> None:
    """One migrates, the others wait for it."""
    fresh = settings.model_copy(update={"database_url": SecretStr(empty_url)})

    async def start(role: Role) -> int:
        async with open_database(fresh, role=role) as db, db.connect() as connection:
            return int(await connection.scalar(text("select count(*) from team")) or 0)

    assert await asyncio.gather(*(start(role) for role in ("owner", "etl", "app", "agent", "owner", "app"))) == [0] * 6


async def test_an_owner_who_may_not_create_roles_serves_with_a_warning(settings: Settings, server_url: str, empty_url: str) -> None:
    """Managed databases often give one login; Pulse works with it and says what is missing."""
    admin = await asyncpg.connect(dsns.for_asyncpg(server_url))
    await admin.execute("create role pulse_plain_test login password 'plain-password'")
    await admin.execute("grant pulse_plain_test to current_user")
    await admin.execute("alter database pulse_empty_test owner to pulse_plain_test")
    plain = settings.model_copy(update={"database_url": SecretStr(dsns.with_login(empty_url, "pulse_plain_test", "plain-password"))})
    try:
        async with open_database(plain, role="app") as db:
            assert not await refused(db, INSERTS["app"])
        assert [warning.split()[0] for warning in plain.warnings] == ["DATABASE_URL_APP"]
    finally:
        await admin.execute("alter database pulse_empty_test owner to current_user")
        own = await asyncpg.connect(dsns.for_asyncpg(empty_url))
        await own.execute("drop owned by pulse_plain_test")
        await own.close()
        await admin.execute("drop role pulse_plain_test")
        await admin.close()


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("postgresql://u:p@127.0.0.1:1/pulse", DatabaseUnavailable),
        ("postgresql://pulse_owner:wrong-password@/{name}?{query}", ConfigurationError),
        ("postgresql://{login}@/no_such_database?{query}", ConfigurationError),
    ],
    ids=["nobody listens", "wrong password", "no such database"],
)
async def test_a_database_that_cannot_be_used_is_explained(settings: Settings, url: str, error: type[Exception], database_url: str) -> None:
    """One sentence, without the password."""
    authority, _, query = database_url.partition("?")
    login, _, name = authority.removeprefix("postgresql://").partition("@/")
    if not query and "{" in url:
        pytest.skip("the server of TEST_DATABASE_URL is reached by host name")
    wrong = settings.model_copy(update={"database_url": SecretStr(url.format(login=login, name=name, query=query))})
    with pytest.raises(error) as caught:
        async with open_database(wrong, role="app"):
            pass
    assert "password@" not in str(caught.value)


async def test_a_machine_that_knows_its_own_role_only_opens_that_one(settings: Settings, database_url: str) -> None:
    """In production a server needs no owner's password."""
    async with open_database(settings, role="app") as db:
        own = settings.model_copy(update={"database_url": None, "database_url_app": SecretStr(db.dsn)})
    async with open_database(own, role="app") as db:
        assert not await refused(db, INSERTS["app"])
    with pytest.raises(ConfigurationError, match="DATABASE_URL_ETL"):
        async with open_database(own, role="etl"):
            pass
