"""How everybody reaches PostgreSQL: `async with open_database(settings, role="etl") as db`."""

import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import cast

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from store import dsn as dsns
from store import migrate, roles
from store.embedded import EmbeddedServer
from store.errors import ConfigurationError, DatabaseUnavailable, InvalidQuestion
from store.reachable import Reachable
from store.roles import LOGINS, SCHEMAS, SESSION, Role
from store.settings import Settings
from store.supervisor import supervised
from store.tables import metadata
from store.transient import GONE, is_full, is_gone, is_unspeakable

KNOWS_MAINTAIN = 17
REFUSED = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidParameterValueError,  # a role to act as that does not exist
)
FAILED: tuple[type[Exception], ...] = (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a statement may raise."""
NO_CONNECTION: tuple[type[Exception], ...] = (*GONE, *FAILED)
POOL_SIZE = 5
POOL_OVERFLOW = 10


def _away() -> str:
    return "The database does not answer; Pulse goes on as soon as it does."


@dataclass(frozen=True)
class Database:
    """An open database in one role."""

    engine: AsyncEngine
    dsn: str
    role: Role
    away: Callable[[], str] = _away
    """Why the database does not answer, in words for whoever has asked something."""

    @contextlib.asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """A connection with a transaction that commits at the end of the block.

        Raises:
            DatabaseUnavailable: the database does not answer, or no longer.
            InvalidQuestion: a value is none that the database can hold.
        """
        async with self.connect() as connection, connection.begin():
            yield connection

    @contextlib.asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading.

        Raises:
            DatabaseUnavailable: the database does not answer, or no longer.
            InvalidQuestion: a value is none that the database can hold.
        """
        async with contextlib.AsyncExitStack() as stack:
            try:
                connection = await stack.enter_async_context(self.engine.connect())
            except NO_CONNECTION as error:
                self._explain(error)
                raise
            try:
                yield connection
            except FAILED as error:
                self._explain(error)
                raise

    def _explain(self, error: Exception) -> None:
        if is_gone(error) or is_full(error):
            raise DatabaseUnavailable(self.away()) from error
        if is_unspeakable(error):
            raise InvalidQuestion(
                "A value is none that can be kept or looked for: it holds NUL, half a character, or a number beyond 64 bits."
            ) from error

    @staticmethod
    async def raw(connection: AsyncConnection) -> asyncpg.Connection:
        """The asyncpg connection below, for COPY and LISTEN; it shares the transaction."""
        fairy = await connection.get_raw_connection()
        raw = cast("asyncpg.Connection", fairy.driver_connection)
        if not raw.is_in_transaction() and connection.in_transaction():
            await connection.execute(text("select"))  # SQLAlchemy begins a transaction with the first statement that it sees
        return raw


@contextlib.asynccontextmanager
async def open_database(settings: Settings, role: Role = "app") -> AsyncIterator[Database]:
    """Open the database in a role: made, started, migrated and granted first when that is still to do.

    Raises:
        ConfigurationError: a DATABASE_URL… is wrong or refused.
        DatabaseUnavailable: the server cannot be reached or started.
    """
    async with contextlib.AsyncExitStack() as stack:
        server = None if _given(settings) else await stack.enter_async_context(_embedded(settings))
        owner_dsn = server.dsn() if server else dsns.plain(settings.database_url.get_secret_value()) if settings.database_url else None
        with _explained(owner_dsn or _own_dsn(settings, role)):
            dsn = await _role_dsn(settings, role, owner_dsn)
        yield await stack.enter_async_context(_engine(dsn, role, server.away if server else _away))


def _given(settings: Settings) -> bool:
    """Whether there is a server already; a machine may know its own role only: then somebody else migrates."""
    return settings.database_url is not None or any(getattr(settings, f"database_url_{role}") is not None for role in LOGINS)


@contextlib.asynccontextmanager
async def _embedded(settings: Settings) -> AsyncIterator[EmbeddedServer]:
    async with supervised(EmbeddedServer(settings.pulse_home)) as server:
        if server.moved:
            _warn(settings, f"The embedded PostgreSQL keeps its data in {server.root}: its own user cannot enter PULSE_HOME.")
        yield server


async def _role_dsn(settings: Settings, role: Role, owner_dsn: str | None) -> str:
    """The connection string of a role, after the owner has made sure that it leads somewhere."""
    if owner_dsn is None:
        return _own_dsn(settings, role)
    if role == "owner":
        await _prepare(settings, owner_dsn)
        return owner_dsn
    dsn = _candidate(settings, role, owner_dsn)
    if await _usable(dsn):
        return dsn
    await _prepare(settings, owner_dsn)
    return dsn if await _usable(dsn) else await _fallback(settings, role, owner_dsn)


async def _fallback(settings: Settings, role: Role, owner_dsn: str) -> str:
    """The owner's login, acting as the role where that exists: better than nothing, and said aloud."""
    name = f"DATABASE_URL_{role.upper()}"
    if settings.production and await _is_superuser(owner_dsn):
        raise ConfigurationError(f"{name} is needed in production: DATABASE_URL is a superuser, and nobody serves as one.", setting=name)
    acting = dsns.with_options(owner_dsn, role=roles.derive_login(owner_dsn, role).name)
    if await _usable(acting):
        _warn(settings, f"{name} falls back to DATABASE_URL with the rights of {role}: its own login is refused; set {name}.")
        return acting
    _warn(settings, f"{name} falls back to DATABASE_URL: the owner may not create roles; make a login for {role} and set {name}.")
    return owner_dsn


async def _is_superuser(dsn: str) -> bool:
    connection = await connect(dsn)
    try:
        return bool(await connection.fetchval("select rolsuper from pg_roles where rolname = session_user"))
    finally:
        await connection.close()


def _own_dsn(settings: Settings, role: Role) -> str:
    given = getattr(settings, f"database_url_{role}", None)
    if given is None:
        raise ConfigurationError(
            f"DATABASE_URL (or DATABASE_URL_{role.upper()}) is needed here: only other roles have a URL.", setting="DATABASE_URL"
        )
    return dsns.plain(given.get_secret_value(), setting=f"DATABASE_URL_{role.upper()}")


def _candidate(settings: Settings, role: Role, owner_dsn: str) -> str:
    if getattr(settings, f"database_url_{role}") is not None:
        return _own_dsn(settings, role)
    login = roles.derive_login(owner_dsn, role)
    return dsns.with_login(owner_dsn, login.name, login.password)


async def _usable(dsn: str) -> bool:
    """Whether a role can log in and finds the newest tables."""
    try:
        connection = await connect(dsn)
    except REFUSED:
        return False
    try:
        return bool(await connection.fetchval("select version_num from public.alembic_version") == migrate.head())
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        return False
    finally:
        await connection.close()


async def connect(dsn: str, **session: str) -> asyncpg.Connection:
    """One asyncpg connection, outside any pool."""
    connection: Reachable = await asyncpg.connect(
        dsns.for_asyncpg(dsn),
        timeout=dsns.CONNECT_TIMEOUT_S,
        server_settings={**dsns.SERVER_KEEPALIVE, **session},
        connection_class=Reachable,
    )
    connection.keep_alive(dsns.keepalive(dsn))
    return connection


@contextlib.asynccontextmanager
async def _engine(dsn: str, role: Role, away: Callable[[], str] = _away) -> AsyncIterator[Database]:
    session = {**SESSION[role], "application_name": f"pulse-{role}", "timezone": "UTC"}
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: connect(dsn, **session),
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_pre_ping=True,
        hide_parameters=True,  # values of rows must not end up in error messages
    )
    try:
        yield Database(engine, dsn, role, away)
    finally:
        await engine.dispose()


async def _prepare(settings: Settings, owner_dsn: str) -> None:
    """Migrate, make the roles and grant, as the owner; one process at a time."""
    await (await connect(owner_dsn)).close()  # a refusal is told apart here, before SQLAlchemy wraps it
    async with _engine(owner_dsn, "owner") as owner, owner.begin() as connection:
        if not await _prepared(connection, owner_dsn):
            await prepare(settings, connection, owner_dsn)


async def prepare(settings: Settings, connection: AsyncConnection, owner_dsn: str) -> None:
    """Bring a database to the newest tables and give every role its rights, in the transaction of an owner's connection."""
    await migrate.lock(connection)
    await _migrate(connection)
    await _grant(settings, connection, owner_dsn)


@contextlib.contextmanager
def _explained(dsn: str) -> Iterator[None]:
    """Say in one sentence why a database cannot be opened."""
    shown = dsns.without_password(dsn)
    try:
        yield
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
        raise ConfigurationError(f"DATABASE_URL ({shown}) is refused by the server: {error}.", setting="DATABASE_URL") from error
    except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError) as error:
        raise DatabaseUnavailable(
            f"PostgreSQL at {shown} does not answer ({type(error).__name__}); start it or mend DATABASE_URL."
        ) from error


async def _prepared(connection: AsyncConnection, owner_dsn: str) -> bool:
    """Whether another start has already done all of it: the owner leaves its fingerprint on a schema of ours."""
    if await migrate.revision(connection) != migrate.head():
        return False
    mark = await connection.scalar(text("select obj_description(to_regnamespace('jobs'), 'pg_namespace')"))
    return bool(mark == _fingerprint(owner_dsn))


def _fingerprint(owner_dsn: str) -> str:
    names = {role: roles.derive_login(owner_dsn, role).name for role in LOGINS}
    proof = roles.derive_login(owner_dsn, "agent").password  # changes with the owner's password
    return hashlib.sha256("\n".join([*roles.grants(metadata.sorted_tables, owner_dsn, names), proof]).encode()).hexdigest()


async def _migrate(connection: AsyncConnection) -> None:
    if await migrate.revision(connection) != migrate.head():
        await migrate.upgrade(connection)
    for schema in SCHEMAS:
        await connection.execute(text(f"create schema if not exists {schema}"))


async def _grant(settings: Settings, connection: AsyncConnection, owner_dsn: str) -> None:
    raw = await Database.raw(connection)
    names = {role: roles.derive_login(owner_dsn, role).name for role in LOGINS}
    try:
        async with raw.transaction():
            await roles.make_logins(raw, owner_dsn)
    except asyncpg.InsufficientPrivilegeError:
        names = await _given_logins(settings, raw)
    if names:
        await raw.execute(";\n".join(roles.grants(metadata.sorted_tables, owner_dsn, names)))
    if "etl" in names and raw.get_server_version().major >= KNOWS_MAINTAIN:
        await raw.execute(roles.maintenance(metadata.sorted_tables, names["etl"]))
    await raw.execute(f"comment on schema jobs is '{_fingerprint(owner_dsn)}'")


async def _given_logins(settings: Settings, raw: asyncpg.Connection) -> dict[Role, str]:
    """The logins an operator made by hand and named in DATABASE_URL_…; they get the same grants."""
    given: dict[Role, str] = {}
    for role in LOGINS:
        if getattr(settings, f"database_url_{role}") is not None:
            name = dsns.login(_own_dsn(settings, role))[0]
            if await raw.fetchval("select 1 from pg_roles where rolname = $1", name):
                given[role] = name
    return given


def _warn(settings: Settings, sentence: str) -> None:
    if sentence not in settings.warnings:
        settings.warnings.append(sentence)
