"""Which connections there are: that of the settings, and those that are stored encrypted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr
from sqlalchemy import select

from etl.catalogue import Declared, declared
from etl.entity import Source
from store.database import Database
from store.settings import Settings
from store.tables.operations import connection
from store.vault import Cell, Vault, open_vault

SECRET_CELL = ("connection", "secret")


@dataclass(frozen=True)
class Connection:
    """One site of a source. `name` is empty for the first of its source, else its site (`jira@other.atlassian.net`)."""

    source: Source
    name: str
    site: str
    """The beginning of its ids; those of two sites never meet."""
    settings: Settings
    """Settings that lead there."""


async def connections(
    settings: Settings, db: Database, sources: Sequence[Source], declared: Callable[[Source], Declared] = declared
) -> list[Connection]:
    """The connections of these sources: the one of the settings first, then stored sites in the order they were added."""
    stored = await stored_settings(settings, db)
    found = []
    for source in sources:
        connector = declared(source).connector
        own = [(connector.site(settings), settings)] if connector.configured(settings) else []
        further = [(one.site or connector.site(one), one) for kind, one in stored if kind == source]
        for index, (site, leading) in enumerate(_by_site([*own, *further])):
            found.append(Connection(source, site if index else "", site, leading))
    return found


def _by_site(found: Sequence[tuple[str, Settings]]) -> list[tuple[str, Settings]]:
    """One entry per site: further accounts at a site join the first."""
    grouped: dict[str, list[Settings]] = {}
    for site, leading in found:
        grouped.setdefault(site, []).append(leading)
    return [(site, first.with_accounts(rest) if rest else first) for site, (first, *rest) in grouped.items()]


async def stored_settings(settings: Settings, db: Database) -> list[tuple[str, Settings]]:
    """Source and settings of each stored connection that is enabled."""
    if settings.is_alone:
        return []
    async with db.connect() as reading:
        statement = select(connection).where(connection.c.enabled).order_by(connection.c.created_at, connection.c.id)
        rows = (await reading.execute(statement)).mappings().all()
    vault = open_vault(settings) if rows else None
    return [(row["source"], leading(settings, dict(row), vault)) for row in rows if vault is not None]


def leading(settings: Settings, row: dict[str, Any], vault: Vault) -> Settings:
    """Settings that lead to a stored connection.

    Raises:
        ConfigurationError: its secret cannot be decrypted.
    """
    secret = vault.open(row["secret"], Cell(*SECRET_CELL, row["id"]))
    options = row["options"] or {}
    values = _github(row, options, secret) if row["source"] == "github" else _jira(row, options, secret)
    return settings.leading_to(options["site"], f"the secret of connection {row['id']}", values)


def _github(row: dict[str, Any], options: dict[str, Any], secret: SecretStr) -> dict[str, Any]:
    app = options.get("app_id")
    who = {"github_app_id": app, "github_app_private_key": secret if app else None, "github_token": None if app else secret}
    return {**who, "github_api_url": row["base_url"], "github_org": options.get("organisations") or []}


def _jira(row: dict[str, Any], options: dict[str, Any], secret: SecretStr) -> dict[str, Any]:
    email = options.get("email")
    who = {"jira_email": email, "jira_api_token": secret if email else None, "jira_pat": None if email else secret}
    return {**who, "jira_base_url": row["base_url"], "jira_projects": options.get("projects") or []}
