"""The history of issues: status changes as transitions, every other change as a field change."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from etl.entity import Entity, Parsing, Raw, RecordError, Row, Rows
from etl.jira.client import nothing_of_its_own
from etl.jira.lookups import Lookups, lookups_of
from etl.jira.users import account_id, account_rows
from etl.jira.values import external_id, required_instant, text

_STATUS_NAMES = ("status", "Status")
_USER_ROLES = ("assignee", "reporter")


class Change(NamedTuple):
    """One changed field: the entry of the history it belongs to, its place in it and what changed."""

    entry_id: str
    place: int
    at: datetime
    author: Any
    item: Mapping[str, Any]
    position: int
    """Orders changes of the same instant: Jira numbers its history upwards."""
    is_status: bool
    """Whether it is a transition."""


def changes_of(entries: Iterable[Raw]) -> list[Change]:
    """The changes of history entries in the order they happened, whichever way Jira lists them."""
    changes = []
    for entry in entries:
        entry_id, at, author = external_id(entry), required_instant(entry, "created"), entry.get("author")
        position = int(entry_id) if entry_id.isdecimal() else 0
        changes += [
            Change(entry_id, index, at, author, item, position, (item.get("fieldId") or item.get("field")) in _STATUS_NAMES)
            for index, item in enumerate(entry.get("items") or ())
        ]
    changes.sort(key=lambda change: (change.at, change.position, change.place))
    return changes


def history_rows(parsing: Parsing, issue_id: str, changes: list[Change]) -> Rows:
    """Transitions, field changes and the accounts that occur in them."""
    lookups = lookups_of(parsing)
    rows: Rows = {
        "issue_transition": [_transition(parsing.site, issue_id, change, lookups) for change in changes if change.is_status],
        "issue_field_change": [_field_change(parsing.site, issue_id, change, lookups) for change in changes if not change.is_status],
    }
    rows.update(account_rows(parsing, *_accounts(changes, lookups)))
    return {table: found for table, found in rows.items() if found}


def _transition(site: str, issue_id: str, change: Change, lookups: Lookups) -> Row:
    item = change.item
    from_id, to_id = text(item.get("from")), text(item.get("to"))
    from_name, to_name = text(item.get("fromString")), text(item.get("toString"))
    to = lookups.status_of(to_id, to_name)
    return {
        "id": f"{site}:transition:{change.entry_id}:{change.place}",
        **_common(site, issue_id, change),
        "from_status": from_name,
        "to_status": to_name,
        "from_status_id": from_id,
        "to_status_id": to_id,
        "from_category": lookups.status_of(from_id, from_name).category if from_id or from_name else None,
        "to_category": to.category,
        "to_kind": to.kind,
    }


def _field_change(site: str, issue_id: str, change: Change, lookups: Lookups) -> Row:
    item = change.item
    name = text(item.get("field")) or "unknown"
    field_id = text(item.get("fieldId"))
    return {
        "id": f"{site}:change:{change.entry_id}:{change.place}",
        **_common(site, issue_id, change),
        "field": lookups.roles.of_change(field_id, name),
        "field_id": field_id,
        "field_name": name,
        "field_type": text(item.get("fieldtype")),
        "old": text(item.get("fromString")),
        "new": text(item.get("toString")),
        "old_id": text(item.get("from")),
        "new_id": text(item.get("to")),
    }


def _common(site: str, issue_id: str, change: Change) -> Row:
    actor = account_id(change.author)
    return {
        "issue_id": issue_id,
        "at": change.at,
        "position": change.position,
        "changelog_id": change.entry_id,
        "actor_id": f"{site}:user:{actor}" if actor else None,
        # An author without an account (deleted, or an app of old) has nothing but this name.
        "actor_name": text(change.author.get("displayName")) if not actor and isinstance(change.author, Mapping) else None,
    }


def _accounts(changes: list[Change], lookups: Lookups) -> Iterable[object]:
    seen: dict[str, object] = {}
    for change in changes:
        found = account_id(change.author)
        if found:
            seen.setdefault(found, change.author)
        if _names_users(change.item, lookups):
            for side in ("from", "to"):
                for account in _listed(change.item.get(side)):
                    seen.setdefault(account, account)
    return seen.values()


def _names_users(item: Mapping[str, Any], lookups: Lookups) -> bool:
    field = lookups.fields.get(str(item.get("fieldId")))
    return item.get("field") in _USER_ROLES or (field is not None and field.holds_users)


def _listed(value: object) -> list[str]:
    """The accounts of a changed user field: one id, or several as `[a, b]`."""
    return [part for part in (piece.strip() for piece in str(value or "").strip("[]").split(",")) if part]


def entries_of(raw: Raw) -> tuple[str, list[Raw]]:
    """Issue id and history entries of any form Jira answers in: one entry, a page of an issue, an issue of a bulk answer.

    Raises:
        RecordError: it does not say which issue it belongs to.
    """
    issue = text(raw.get("issueId"))
    if issue is None:
        raise RecordError("`issueId` is missing: a history entry does not say which issue it belongs to")
    for member in ("changeHistories", "values", "histories"):
        if isinstance(raw.get(member), list):
            return issue, raw[member]
    return issue, [raw]


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """The rows of one entry, one page or one issue of history."""
    issue, entries = entries_of(raw)
    return history_rows(parsing, f"{parsing.site}:issue:{issue}", changes_of(entries))


def record_id(raw: Raw) -> str:
    """Issue and, where there is one, entry."""
    return f"{raw.get('issueId')}:{raw.get('id', '')}"


changelogs = Entity(
    name="jira.changelogs",
    scope="site",
    tables=("issue_transition", "issue_field_change", "identity"),
    pages=nothing_of_its_own,
    parse=parse,
    external_id=record_id,
    after=("jira.statuses", "jira.fields", "jira.users"),
)
