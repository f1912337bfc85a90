"""Statuses and the category each belongs to (R11)."""

from collections.abc import AsyncIterator

from etl.entity import Entity, Page, Parsing, Position, Raw, Rows, Scope
from etl.jira.client import FRESH_S, JiraClient
from etl.jira.lookups import lookups_of, read_status, status_facts
from etl.jira.values import external_id, members, text


async def pages(client: JiraClient, _scope: Scope, _position: Position) -> AsyncIterator[Page]:
    """All statuses of active workflows in one answer."""
    yield await client.whole(f"{client.api}/status")


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """The status with today's category and kind."""
    status_id, name, category = status_facts(raw)
    read = read_status(name, category, lookups_of(parsing).jira)
    project_id = text(members(members(raw, "scope"), "project").get("id"))
    return {
        "status": [
            {
                "id": f"{parsing.site}:status:{external_id(raw)}",
                "site": parsing.site,
                "external_id": status_id,
                "name": name or status_id,
                "category": read.category,
                "kind": read.kind,
                "project_id": f"{parsing.site}:project:{project_id}" if project_id else None,
            }
        ]
    }


statuses = Entity(
    name="jira.statuses",
    scope="site",
    tables=("status",),
    pages=pages,
    parse=parse,
    external_id=external_id,
    incremental=False,
    refresh_s=FRESH_S,
    deletes=False,
)
