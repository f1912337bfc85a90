"""Accounts: people, apps and customers, also those deleted since."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from etl.entity import Entity, Page, Parsing, Position, Raw, RecordError, Row, Rows, Scope
from etl.jira.client import FRESH_S, JiraClient
from etl.jira.lookups import lookups_of
from etl.jira.values import text


async def pages(client: JiraClient, _scope: Scope, position: Position) -> AsyncIterator[Page]:
    """All accounts; none where the account may not browse users, as issues name the people in them anyway."""
    path, query = ("users/search", {}) if client.is_cloud else ("user/search", {"username": ".", "includeInactive": "true"})
    async for page in client.counted(f"{client.api}/{path}", query, position, size=1000):
        yield page


def account_id(user: object) -> str | None:
    """What names an account for good: accountId in the Cloud, key (else name) in Data Center; None for nobody."""
    if user is None:
        return None
    if isinstance(user, str):
        return text(user)
    if not isinstance(user, dict):
        return None
    return text(user.get("accountId") or user.get("key") or user.get("name"))


def account_rows(parsing: Parsing, *users: object) -> Rows:
    """Identities of accounts that the store does not have yet; nothing for those it has, whose own record says more."""
    known = lookups_of(parsing).known_users
    found = {account: user for user in users if (account := account_id(user)) and account not in known}
    return {"identity": [_row(parsing.site, account, user) for account, user in found.items()]} if found else {}


def _row(site: str, account: str, user: object) -> Row:
    named: Row = {"id": f"{site}:user:{account}", "site": site, "source": "jira", "external_id": account}
    if not isinstance(user, Mapping):
        return named  # a bare id in a history: no other column, so that no name is lost by it
    return {**named, **_details(user)}


def _details(raw: Mapping[str, Any]) -> Row:
    return {
        "login": text(raw.get("name")),
        "display_name": text(raw.get("displayName")),
        "verified_email": text(raw.get("emailAddress")),
        "account_type": text(raw.get("accountType")),
        "time_zone": text(raw.get("timeZone")),
        "active": raw.get("active") is not False,
    }


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """The account; a deleted one keeps its id and loses what named the person."""
    return {"identity": [_row(parsing.site, user_id(raw), raw)]}


def user_id(raw: Raw) -> str:
    """The lasting id of an account.

    Raises:
        RecordError: the record has none.
    """
    account = account_id(raw)
    if account is None:
        raise RecordError("the account has neither accountId nor key")
    return account


users = Entity(
    name="jira.users",
    scope="site",
    tables=("identity",),
    pages=pages,
    parse=parse,
    external_id=user_id,
    incremental=False,
    refresh_s=FRESH_S,
    deletes=False,
)
