"""Complete histories of issues: one question for a thousand issues, else issue by issue."""

from collections.abc import Iterable, Sequence
from typing import Any

from etl.entity import Raw, RecordError
from etl.jira.client import JiraClient
from etl.jira.values import instant, members
from store.errors import QuestionRefused, UpstreamError, UpstreamGone

BULK_ENTRIES = 10_000
"""History entries per bulk answer, the most Jira allows."""
_AUTHOR = ("accountId", "key", "name", "displayName", "emailAddress", "accountType")
_USUAL = len("2026-01-31T10:00:00.000+0000")
_ITEM = ("field", "fieldtype", "fieldId", "from", "fromString", "to", "toString")


class NoBulkHistory(UpstreamError):
    """The site does not tell the histories of many issues at once; a search must bring them along."""


async def complete_histories(client: JiraClient, issues: Sequence[Raw]) -> None:
    """Give every issue its whole history, in one form and order wherever it came from."""
    cut = [issue for issue in issues if not is_whole(issue)]
    if cut:
        found = await _in_bulk(client, [str(issue.get("id")) for issue in cut]) if client.has_bulk_history else None
        for issue in cut:
            entries = found.get(str(issue.get("id")), []) if found is not None else await _of_one(client, issue)
            issue["changelog"] = {"histories": entries}
    for issue in issues:
        issue["changelog"] = _normal(issue["changelog"].get("histories") or ())


def is_whole(issue: Raw) -> bool:
    """Whether an answer carries the whole history of an issue: Jira cuts it after 40 or 100 entries."""
    listed = members(issue, "changelog")
    entries, total = listed.get("histories"), listed.get("total")
    return isinstance(entries, list) and (not isinstance(total, int) or len(entries) >= total)


async def _in_bulk(client: JiraClient, ids: list[str]) -> dict[str, list[Raw]] | None:
    """Entries by issue id; None where the site does not take these ids (one was deleted meanwhile).

    Raises:
        NoBulkHistory: the site has no such endpoint.
    """
    found: dict[str, list[Raw]] = {}
    seen: set[Any] = set()
    token: Any = None
    while token not in seen:
        seen.add(token)
        body = {"issueIdsOrKeys": ids, "maxResults": BULK_ENTRIES, **({"nextPageToken": token} if token else {})}
        try:
            answer = (await client.http.post(f"{client.api}/changelog/bulkfetch", body)).json()
        except UpstreamGone:
            client.has_bulk_history = False
            raise NoBulkHistory("This Jira has no bulk endpoint for histories.") from None
        except QuestionRefused:
            return None
        for part in answer.get("issueChangeLogs") or ():
            found.setdefault(str(part.get("issueId")), []).extend(part.get("changeHistories") or ())
        token = answer.get("nextPageToken")
        if not token:
            return found
    raise UpstreamError(
        f"Jira at {client.http.base.host} repeats its page tokens for histories; this pass stops and the next sync goes on."
    )


async def _of_one(client: JiraClient, issue: Raw) -> list[Raw]:
    """The entries of one issue; none when it was deleted meanwhile."""
    path = f"{client.api}/issue/{issue.get('id')}"
    try:
        if client.is_cloud:
            return [entry async for page in client.listed(f"{path}/changelog", "values", size=100) for entry in page]
        answer = await client.http.get_json(path, {"expand": "changelog", "fields": "created"})
    except UpstreamGone:
        return []
    return list(members(answer, "changelog").get("histories") or ())


def _normal(entries: Iterable[Raw]) -> Raw:
    """Entries by number, oldest first, each once, with the members that mean something."""
    authors: dict[str, tuple[Raw, Raw]] = {}
    unique = {str(entry.get("id")): _slim(entry, authors) for entry in entries}
    ordered = sorted(unique.values(), key=lambda entry: (entry["created"] or "", len(entry["id"]), entry["id"]))
    return {"total": len(ordered), "histories": ordered}


def _slim(entry: Raw, authors: dict[str, tuple[Raw, Raw]]) -> Raw:
    return {
        "id": str(entry.get("id")),
        "created": _written(entry.get("created")),
        "author": _author(entry.get("author"), authors),
        "items": [{name: item[name] for name in _ITEM if item.get(name) is not None} for item in entry.get("items") or ()],
    }


def _author(author: Any, known: dict[str, tuple[Raw, Raw]]) -> Any:
    """Who, without pictures and addresses; `known` are the authors of the same issue, each as given and as kept."""
    if not isinstance(author, dict):
        return author
    key = str(author.get("accountId") or author.get("key"))
    given, kept = known.get(key, (None, _AUTHOR))
    if given != author:
        kept = {name: author[name] for name in _AUTHOR if author.get(name)}
        known[key] = author, kept
    return kept


def _written(created: Any) -> Any:
    """The instant in one form: bulk answers may count milliseconds where others write ISO."""
    if type(created) is str and len(created) == _USUAL and created[19] == "." and created.endswith("+0000"):
        return f"{created[:23]}+00:00"  # nearly all of them; what is no time though it looks like one is found by its reader
    try:
        moment = instant(created)
    except RecordError:
        return created
    return moment.isoformat(timespec="milliseconds") if moment else None
