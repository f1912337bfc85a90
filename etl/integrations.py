"""Adding, listing, testing and removing connections; a secret goes in and never comes out again."""

import secrets
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import SecretStr
from sqlalchemy import delete, func, insert, select, update

from etl.catalogue import declared
from etl.connections import SECRET_CELL, leading
from etl.entity import Source
from etl.probing import probe
from store.database import Database
from store.errors import Conflict, InvalidQuestion, NotFound, PulseError
from store.settings import LOOPBACK_HOSTS, Settings, check_base_url, host_of
from store.tables.operations import connection
from store.vault import Cell, fingerprint, open_vault

GITHUB = "https://api.github.com"
LAST = 4
"""Characters of a secret that are shown, so that a person can tell which one it is."""
SHORTEST_SHOWN = 16


@dataclass(frozen=True)
class NewConnection:
    """What somebody connects: one token or App at one site."""

    source: Source
    secret: SecretStr
    base_url: str | None = None
    organisations: tuple[str, ...] = ()
    app_id: str | None = None
    email: str | None = None
    projects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Integration:
    """A connection as it is shown."""

    id: str
    source: str
    base_url: str
    site: str
    enabled: bool
    secret_ends: str
    fingerprint: str
    options: dict[str, Any] = field(default_factory=dict)
    created_at: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The members of the command line's and the API's JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Tested:
    """Whether a connection answers and accepts its credentials."""

    id: str
    ok: bool
    message: str

    def as_dict(self) -> dict[str, Any]:
        """The members of the command line's and the API's JSON."""
        return asdict(self)


async def add(settings: Settings, db: Database, new: NewConnection) -> Integration:
    """Store a connection with its secret encrypted.

    Raises:
        InvalidQuestion: something that this kind of connection needs is missing.
        Conflict: the Jira site is connected already.
    """
    base = (new.base_url or (GITHUB if new.source == "github" else "")).rstrip("/")
    _check(settings, new, base)
    row_id = f"{new.source}-{secrets.token_hex(4)}"
    vault = open_vault(settings)
    async with db.begin() as writing:
        rows = (await writing.execute(select(connection).where(connection.c.source == new.source))).mappings().all()
        taken = {row["base_url"]: row["options"]["site"] for row in rows}
        site = _site(settings, new, base, taken)
        options = {**_options(new), "site": site, "secret_ends": _end(new.secret), "fingerprint": fingerprint(new.secret)}
        sealed = vault.seal(new.secret, Cell(*SECRET_CELL, row_id))
        values = {"id": row_id, "source": new.source, "base_url": base, "secret": sealed, "options": options}
        await writing.execute(insert(connection).values(**values, created_at=func.clock_timestamp()))
    return await _one(db, row_id)


def _check(settings: Settings, new: NewConnection, base: str) -> None:
    if not base:
        raise InvalidQuestion("A Jira connection needs its base URL, such as https://acme.atlassian.net.")
    check_base_url("The base URL", base, allow_http=settings.pulse_allow_http)
    if not new.secret.get_secret_value().strip():
        raise InvalidQuestion("The secret is empty.")
    if new.source == "github" and not new.organisations:
        raise InvalidQuestion("A GitHub connection needs at least one organisation.")


def _options(new: NewConnection) -> dict[str, Any]:
    if new.source == "github":
        return {"organisations": list(new.organisations), **({"app_id": new.app_id} if new.app_id else {})}
    return {"projects": list(new.projects), **({"email": new.email} if new.email else {})}


def _end(secret: SecretStr) -> str:
    value = secret.get_secret_value().strip()
    return value[-LAST:] if len(value) >= SHORTEST_SHOWN else ""


def _site(settings: Settings, new: NewConnection, base: str, taken: dict[str, str]) -> str:
    """Where its ids begin: a further account at a known GitHub joins its site, anything else has the host in it."""
    connector = declared(new.source).connector
    own = settings.github_api_url if new.source == "github" else settings.jira_base_url
    known = {**({own: connector.site(settings)} if own and connector.configured(settings) else {}), **taken}
    if base in known:
        if new.source == "jira":
            raise Conflict(f"{base} is connected already; remove that connection first.")
        return known[base]
    first = base == GITHUB or (not known and host_of(base) in LOOPBACK_HOSTS)
    return new.source if first and new.source not in known.values() else f"{new.source}@{host_of(base, port=True)}"


async def listed(db: Database) -> list[Integration]:
    """All stored connections, oldest first."""
    async with db.connect() as reading:
        rows = (await reading.execute(select(connection).order_by(connection.c.created_at, connection.c.id))).mappings().all()
    return [_shown(dict(row)) for row in rows]


def _shown(row: dict[str, Any]) -> Integration:
    options = dict(row["options"] or {})
    known = {name: options.pop(name, "") for name in ("site", "secret_ends", "fingerprint")}
    created = row["created_at"].isoformat() if row["created_at"] else None
    return Integration(row["id"], row["source"], row["base_url"], enabled=row["enabled"], options=options, created_at=created, **known)


async def _row(db: Database, row_id: str) -> dict[str, Any]:
    async with db.connect() as reading:
        row = (await reading.execute(select(connection).where(connection.c.id == row_id))).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no connection {row_id}; `pulse integration list` shows them.")
    return dict(row)


async def _one(db: Database, row_id: str) -> Integration:
    return _shown(await _row(db, row_id))


async def test(settings: Settings, db: Database, row_id: str) -> Tested:
    """Ask the source who we are.

    Raises:
        NotFound: there is no such connection.
    """
    row = await _row(db, row_id)
    try:
        there = leading(settings, row, open_vault(settings))
        async with declared(row["source"]).connector.connect(there) as client:
            await probe(row["source"], client)
    except PulseError as error:
        return Tested(row_id, ok=False, message=str(error))
    return Tested(row_id, ok=True, message=f"{row['base_url']} answers and accepts the credentials.")


async def remove(db: Database, row_id: str) -> None:
    """Forget a connection and its secret; what it brought stays.

    Raises:
        NotFound: there is no such connection.
    """
    await _row(db, row_id)
    async with db.begin() as writing:
        await writing.execute(delete(connection).where(connection.c.id == row_id))


async def rotate(settings: Settings, db: Database) -> int:
    """Encrypt every secret with the first key, one row in one transaction; returns how many were not yet. May be broken off and repeated."""
    vault, changed = open_vault(settings), 0
    for one in await listed(db):
        async with db.begin() as writing:
            mine = connection.c.id == one.id
            sealed = await writing.scalar(select(connection.c.secret).where(mine).with_for_update())
            if sealed is None or vault.is_current(sealed):
                continue
            cell = Cell(*SECRET_CELL, one.id)
            await writing.execute(update(connection).where(mine).values(secret=vault.seal(vault.open(sealed, cell), cell)))
            changed += 1
    return changed
