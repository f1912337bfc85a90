"""Projects. Their id stays when the key is renamed."""

from collections.abc import AsyncIterator

from etl.entity import Entity, Page, Parsing, Position, Raw, Row, Rows, Scope
from etl.jira.client import FRESH_S, JiraClient
from etl.jira.users import account_id, account_rows
from etl.jira.values import external_id, instant, members, text, web_address


async def pages(client: JiraClient, _scope: Scope, position: Position) -> AsyncIterator[Page]:
    """Projects the account sees, with their lead."""
    if not client.is_cloud:
        yield await client.whole(f"{client.api}/project", {"expand": "lead"})
        return
    query = {"expand": "lead,insight", "orderBy": "key"}
    async for page in client.numbered(f"{client.api}/project/search", query, position, size=100):
        client.issue_total += sum(issue_total(project) for project in page.records)
        yield page


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """The project and the account of its lead."""
    rows = account_rows(parsing, raw.get("lead"))
    return {**rows, "project": [project_row(parsing.site, raw)]}


def project_row(site: str, raw: Raw) -> Row:
    """A row from a project, also from the short form inside an issue."""
    lead = account_id(raw.get("lead"))
    return {
        "id": f"{site}:project:{external_id(raw)}",
        "site": site,
        "source": "jira",
        "key": text(raw.get("key")) or external_id(raw),
        "name": text(raw.get("name")),
        "lead_id": f"{site}:user:{lead}" if lead else None,
        "style": text(raw.get("style")),
        "archived": bool(raw.get("archived")),
        "deleted_at": instant(raw.get("deletedDate")) if raw.get("deleted") else None,
        "url": web_address(raw, f"browse/{raw.get('key')}"),
    }


def issue_total(raw: Raw) -> int:
    """How many issues the project has, where Jira says so."""
    total = members(raw, "insight").get("totalIssueCount")
    return total if isinstance(total, int) else 0


projects = Entity(
    name="jira.projects",
    scope="site",
    tables=("project", "identity"),
    pages=pages,
    parse=parse,
    external_id=external_id,
    after=("jira.users",),
    incremental=False,
    refresh_s=FRESH_S,
)
