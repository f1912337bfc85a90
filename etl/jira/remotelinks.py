"""Links from issues to pages, commits and pull requests elsewhere."""

import re
from collections.abc import AsyncIterator
from datetime import datetime

from etl.entity import Entity, Page, Parsing, Position, Raw, RecordError, Row, Rows, Scope
from etl.jira.client import JiraClient
from etl.jira.values import external_id, members, text
from store.errors import UpstreamGone

_COMMIT = re.compile(r"/commits?/([0-9a-f]{7,64})(?:[/?#]|$)", re.IGNORECASE)
_PULL_REQUEST = re.compile(r"/(?:pull|pull-requests|merge_requests)/(\d+)(?:[/?#]|$)")


async def pages(client: JiraClient, _scope: Scope, position: Position) -> AsyncIterator[Page]:
    """The links of incidents whose history tells of any: one answer per issue, so nothing else is asked for.

    They name what caused an incident (R6).
    """
    since = datetime.fromisoformat(position.since) if position.since else None
    done = str((position.cursor or {}).get("after", ""))
    linked = client.lookups.linked_incidents
    due = sorted(issue for issue, at in linked.items() if issue > done and (since is None or at >= since))
    if not due:
        yield client.page([], None)
    for issue in due:
        try:
            links = (await client.whole(f"{client.api}/issue/{issue}/remotelink")).records
        except UpstreamGone:  # deleted, which only a comparison of all issues notices
            links = []
        yield client.page([{**link, "issueId": issue} for link in links], None if issue == due[-1] else {"after": issue})


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """The link; a commit or pull request it points at is told by its address."""
    issue = text(raw.get("issueId"))
    if issue is None:
        raise RecordError("`issueId` is missing: the link does not say which issue it belongs to")
    return {"issue_link": [remote_row(parsing.site, f"{parsing.site}:issue:{issue}", raw)]}


def remote_row(site: str, issue_id: str, raw: Raw) -> Row:
    """A row of direction remote; `kind` is commit, pull_request or link, `sha` the commit."""
    target = members(raw, "object")
    url = text(target.get("url"))
    return link_row(f"{site}:remotelink:{external_id(raw)}", issue_id, url, text(target.get("title")), text(raw.get("relationship")))


def link_row(row_id: str, issue_id: str, url: str | None, title: str | None, relationship: str | None, sha: str | None = None) -> Row:
    """A link to somewhere outside Jira."""
    commit = sha or (found.group(1) if url and (found := _COMMIT.search(url)) else None)
    return {
        "id": row_id,
        "issue_id": issue_id,
        "owner": f"{issue_id}:remote",
        "kind": "commit" if commit else "pull_request" if url and _PULL_REQUEST.search(url) else "link",
        "direction": "remote",
        "other_id": None,
        "other_key": None,
        "type_id": None,
        "relationship": relationship,
        "inward": None,
        "outward": None,
        "sha": commit,
        "url": url,
        "title": title,
    }


remotelinks = Entity(
    name="jira.remotelinks",
    scope="site",
    tables=("issue_link",),
    pages=pages,
    parse=parse,
    external_id=external_id,
    after=("jira.issues",),
    deletes=False,
)
