"""Reading issues: pages of JQL results, completed with whatever Jira cut off or keeps elsewhere."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from etl.entity import Page, Position, Raw, Scope
from etl.jira.client import JiraClient
from etl.jira.histories import NoBulkHistory, complete_histories
from etl.jira.jql import changed_since, wanted_fields
from etl.jira.values import members
from store.errors import QuestionRefused, UpstreamGone

BATCH = 1000
"""Issues asked for at once and stored together: as many as one question for histories may name, and few enough to hold in memory.

Jira gives fewer at once when it likes.
"""
CHOSEN = 100
"""Issues asked for by id in one question."""
KEYS = 5000
"""Issues whose ids Jira tells in one answer; with a field more it tells fewer, and we take what comes."""
_NEEDLESS = frozenset({"self", "avatarUrls", "iconUrl", "avatarId", "colorName", "startAt", "maxResults"})


async def pages(client: JiraClient, _scope: Scope, position: Position) -> AsyncIterator[Page]:
    """All issues, or those changed.

    A page token that Jira no longer accepts begins the pass again, so do a site without bulk histories and a project that Jira refuses.
    """
    cursor = position.cursor or {}
    token = cursor.get("token")
    try:
        async for page in _pages_from(client, position, token, int(cursor.get("skip", 0))):
            yield page
    except (QuestionRefused, NoBulkHistory) as refused:
        others = isinstance(refused, QuestionRefused) and await client.leave_out_unknown()
        if token is None and isinstance(refused, QuestionRefused) and not others:
            raise
        async for page in _pages_from(client, position, None, 0):
            yield page


async def _pages_from(client: JiraClient, position: Position, token: Any, skip: int) -> AsyncIterator[Page]:
    waiting: list[Raw] = []
    seen: set[str] | None = set() if token is None else None
    began: str | None = None
    async for issues, this, following in client.search(question(client, position), token, size=BATCH):
        began = began or client.http.server_time
        del issues[:skip]
        if seen is not None:
            seen.update(str(issue.get("id")) for issue in issues)
        if waiting and len(waiting) + len(issues) > BATCH:
            yield await _page(client, waiting, {"token": this, "skip": skip}, began)
            waiting = []
        while len(issues) > BATCH:
            skip += BATCH
            yield await _page(client, _taken(issues, BATCH), {"token": this, "skip": skip}, began)
        waiting += _taken(issues, BATCH)
        skip = 0
        if following is None and seen is not None and len(seen) > BATCH:
            waiting += await _slipped(client, position, seen)
        if following is None or len(waiting) == BATCH:
            yield await _page(client, waiting, None if following is None else {"token": following}, began)
            waiting = []


def _taken(issues: list[Raw], count: int) -> list[Raw]:
    """The first issues, which the list has no longer then: it lives on while the next answer comes."""
    taken = issues[:count]
    del issues[:count]
    return taken


async def _slipped(client: JiraClient, position: Position, seen: set[str]) -> list[Raw]:
    """Issues that no page brought: one that was deleted meanwhile lets the next one slip from a later page onto an earlier one.

    Only long readings are compared: one question for ids is little beside them, and much beside a short one.
    """
    asked = {"jql": question(client, position)["jql"], "fields": ["id"]}
    listed = [str(issue.get("id")) async for issues, _, _ in client.search(asked, size=KEYS) for issue in issues]
    missed = [name for name in listed if name not in seen]
    return [issue async for issues in _by_id(client, missed) for issue in issues]


async def keys(client: JiraClient, _scope: Scope) -> AsyncIterator[Page]:
    """Id and time of change of every issue."""
    try:
        async for page in _keys(client):
            yield page
    except QuestionRefused:
        if not await client.leave_out_unknown():
            raise
        async for page in _keys(client):
            yield page


async def _keys(client: JiraClient) -> AsyncIterator[Page]:
    asked = {"jql": changed_since(None, client.projects, client.lookups.time_zone), "fields": ["updated"]}
    async for issues, _, following in client.search(asked, size=KEYS):
        cursor = None if following is None else {"token": following}
        yield Page(issues, cursor, client.http.server_time, gaps=client.unknown is not None, failure=client.unknown)


async def chosen(client: JiraClient, _scope: Scope, found: Sequence[Raw]) -> AsyncIterator[Page]:
    """These issues with their whole histories."""
    async for issues in _by_id(client, [str(raw["id"]) for raw in found]):
        yield await _page(client, issues, None, client.http.server_time)


async def _by_id(client: JiraClient, ids: Sequence[str]) -> AsyncIterator[list[Raw]]:
    """Issues as a search shows them. Jira refuses a question about an id that is gone: then each is asked for alone."""
    fields = wanted_fields(client.lookups)
    for start in range(0, len(ids), CHOSEN):
        some = ids[start : start + CHOSEN]
        try:
            async for issues, _, _ in client.search({"jql": f"id in ({', '.join(some)})", "fields": fields}, size=CHOSEN):
                yield issues
        except QuestionRefused:
            if len(some) == 1:
                continue
            for one in some:
                async for issues in _by_id(client, [one]):
                    yield issues


def question(client: JiraClient, position: Position) -> dict[str, Any]:
    """What to ask for: an incremental pass gets recent history along, a full one asks for it in bulk (Data Center always sends all)."""
    lookups = client.lookups
    jql = changed_since(position.since, client.projects, lookups.time_zone)
    asked: dict[str, Any] = {"jql": jql, "fields": wanted_fields(lookups)}
    return asked if client.is_cloud and client.has_bulk_history and not position.since else {**asked, "expand": "changelog"}


async def _page(client: JiraClient, issues: Sequence[Raw], cursor: Raw | None, began: str | None) -> Page:
    """The page, stamped with the clock of the first answer: what changes while the others come is read by the next pass."""
    await complete_histories(client, issues)
    for issue in issues:
        await _complete_worklogs(client, issue)
        _slim(issue)
    return Page(issues, cursor, began, total=client.issue_total or None, gaps=client.unknown is not None, failure=client.unknown)


async def _complete_worklogs(client: JiraClient, issue: Raw) -> None:
    """Jira puts 20 worklogs into an issue; the others are asked for, unless it was deleted meanwhile."""
    listed = members(issue.get("fields"), "worklog")
    total = listed.get("total")
    if not isinstance(total, int) or len(listed.get("worklogs") or ()) >= total:
        return
    path = f"{client.api}/issue/{issue.get('id')}/worklog"
    try:
        found = [log async for page in client.listed(path, "worklogs", size=1000) for log in page]
    except UpstreamGone:
        return
    issue["fields"]["worklog"] = {"total": len(found), "worklogs": found}


def _slim(issue: Raw) -> None:
    """Leave out pictures, addresses and nulls, which mean nothing here, and what differs from answer to answer."""
    issue.pop("expand", None)
    fields = issue.get("fields")
    if isinstance(fields, dict):
        issue["fields"] = {name: _lean(value) for name, value in fields.items() if value is not None}


def _lean(value: Any) -> Any:
    """A person, status, project or a list of such without what nobody reads; texts as they are."""
    kind = type(value)
    if kind is dict and value.get("type") != "doc":
        return {
            name: member if type(member) is str else _lean(member)  # ninety members of an issue are texts
            for name, member in value.items()
            if name not in _NEEDLESS
        }
    return [_lean(item) for item in value] if kind is list else value
