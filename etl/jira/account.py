"""The account Pulse reads with; Jira understands times in queries in its time zone."""

from collections.abc import AsyncIterator

from etl.entity import Entity, Page, Parsing, Position, Raw, Rows, Scope
from etl.jira.client import FRESH_S, JiraClient
from etl.jira.users import account_rows


async def pages(client: JiraClient, _scope: Scope, _position: Position) -> AsyncIterator[Page]:
    """The account itself; asking for it also tells wrong credentials at once."""
    yield await client.whole(f"{client.api}/myself")


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """Its identity; the time zone is read from the raw record."""
    return account_rows(parsing, raw)


def own_record(_raw: Raw) -> str:
    """There is one such record per site."""
    return "me"


account = Entity(
    name="jira.account",
    scope="site",
    tables=("identity",),
    pages=pages,
    parse=parse,
    external_id=own_record,
    incremental=False,
    refresh_s=FRESH_S,
    deletes=False,
)
