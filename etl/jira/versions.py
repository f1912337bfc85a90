"""Versions (releases planned in Jira) as milestones."""

from collections.abc import AsyncIterator
from datetime import tzinfo

from etl.entity import Entity, Page, Parsing, Position, Raw, Row, Rows, Scope
from etl.jira.client import FRESH_S, JiraClient
from etl.jira.lookups import lookups_of
from etl.jira.values import day, external_id, text


async def pages(client: JiraClient, _scope: Scope, position: Position) -> AsyncIterator[Page]:
    """The versions of every project, one answer each."""
    done = (position.cursor or {}).get("after", "")
    keys = [key for key in client.project_keys if key > done]
    if not keys:
        yield client.page([], None)
    for key in keys:
        page = await client.whole(f"{client.api}/project/{key}/versions")
        yield client.page(page.records, None if key == keys[-1] else {"after": key})


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """The version; a released one was done on its release day."""
    return {"milestone": [_row(parsing.site, raw, lookups_of(parsing).zone)]}


def _row(site: str, raw: Raw, zone: tzinfo) -> Row:
    project_id = text(raw.get("projectId"))
    released = day(raw.get("releaseDate"), zone)
    return {
        "id": f"{site}:version:{external_id(raw)}",
        "site": site,
        "kind": "jira_version",
        "external_id": external_id(raw),
        "project_id": f"{site}:project:{project_id}" if project_id else None,
        "name": text(raw.get("name")),
        "target_at": released,
        "started_at": day(raw.get("startDate"), zone),
        "done_at": released if raw.get("released") else None,
        "archived": bool(raw.get("archived")),
    }


versions = Entity(
    name="jira.versions",
    scope="site",
    tables=("milestone",),
    pages=pages,
    parse=parse,
    external_id=external_id,
    after=("jira.projects",),
    incremental=False,
    refresh_s=FRESH_S,
)
