"""Boards."""

from collections.abc import AsyncIterator

from etl.entity import Entity, Page, Parsing, Position, Raw, Rows, Scope
from etl.jira.client import AGILE, FRESH_S, JiraClient
from etl.jira.values import external_id, members, text


async def pages(client: JiraClient, _scope: Scope, position: Position) -> AsyncIterator[Page]:
    """All boards the account sees."""
    async for page in client.numbered(f"{AGILE}/board", {}, position, size=50):
        yield page


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """The board and the project it belongs to, if it belongs to one."""
    location = members(raw, "location")
    project_id = text(location.get("projectId") or (location.get("id") if location.get("type") == "project" else None))
    return {
        "board": [
            {
                "id": f"{parsing.site}:board:{external_id(raw)}",
                "site": parsing.site,
                "external_id": external_id(raw),
                "name": text(raw.get("name")),
                "type": text(raw.get("type")),
                "project_id": f"{parsing.site}:project:{project_id}" if project_id else None,
            }
        ]
    }


boards = Entity(
    name="jira.boards",
    scope="site",
    tables=("board",),
    pages=pages,
    parse=parse,
    external_id=external_id,
    incremental=False,
    refresh_s=FRESH_S,
)
