"""Issues as Jira sends them, made by hand, and what the parser makes of them."""

from typing import Any

from etl.entity import Parsing, Rows
from etl.jira.issues import issues
from etl.jira.lookups import lookups_from
from store.config import PulseConfig

FIELDS = [
    {
        "id": "customfield_7",
        "name": "Sprint",
        "schema": {"type": "array", "items": "json", "custom": "com.pyxis.greenhopper.jira:gh-sprint"},
    },
    {"id": "customfield_8", "name": "Story Points", "schema": {"type": "number", "custom": "…:float"}},
    {"id": "customfield_9", "name": "Epic Link", "schema": {"type": "any", "custom": "com.pyxis.greenhopper.jira:gh-epic-link"}},
    {"id": "customfield_5", "name": "Flagged", "schema": {"type": "array", "items": "option"}},
    {
        "id": "customfield_4",
        "name": "Team",
        "schema": {"type": "team", "custom": "com.atlassian.jira.plugin.system.customfieldtypes:atlassian-team"},
    },
    {"id": "customfield_3", "name": "Root cause", "schema": {"type": "option"}},
    {"id": "customfield_2", "name": "Impact start", "schema": {"type": "datetime"}},
    {"id": "duedate", "name": "Due date", "schema": {"type": "date", "system": "duedate"}},
]
STATUSES = [
    {"id": "1", "name": "To Do", "statusCategory": {"key": "new"}},
    {"id": "2", "name": "Building", "statusCategory": {"key": "indeterminate"}},
    {"id": "3", "name": "Ready for QA", "statusCategory": {"key": "indeterminate"}},
    {"id": "4", "name": "Shipped", "statusCategory": {"key": "done"}},
]


def parse(config: PulseConfig | None = None, changelog: list[dict[str, Any]] | None = None, **fields: Any) -> Rows:
    """The rows of an issue with these fields."""
    whole = {
        "summary": "Pay by invoice",
        "issuetype": {"id": "10", "name": "Story", "subtask": False},
        "project": {"id": "1", "key": "PAY", "name": "Payments"},
        "status": {"id": "2", "name": "Building", "statusCategory": {"key": "indeterminate"}},
        "created": "2026-01-05T10:00:00.000+0100",
        **fields,
    }
    raw: dict[str, Any] = {"id": "100", "key": "PAY-1", "self": "https://acme.example/rest/api/3/issue/100", "fields": whole}
    if changelog is not None:
        raw["changelog"] = {"total": len(changelog), "histories": changelog}
    return issues.parse(Parsing("jira", None, lookups_from(config or PulseConfig(), [*FIELDS, *STATUSES])), raw)


def issue(**fields: Any) -> dict[str, Any]:
    """The issue row."""
    return parse(**fields)["issue"][0]


def entry(number: int, at: str, *items: dict[str, Any]) -> dict[str, Any]:
    """An entry of a history."""
    return {"id": str(number), "created": at, "author": {"accountId": "ana", "displayName": "Ana"}, "items": list(items)}


def moved(old: tuple[str, str], new: tuple[str, str]) -> dict[str, Any]:
    """A change of status."""
    return {
        "field": "status",
        "fieldtype": "jira",
        "fieldId": "status",
        "from": old[0],
        "fromString": old[1],
        "to": new[0],
        "toString": new[1],
    }


def set_field(
    name: str, field_id: str | None, old: str | None, new: str | None, old_id: str | None = None, new_id: str | None = None
) -> dict[str, Any]:
    """A change of another field."""
    return {"field": name, "fieldtype": "custom", "fieldId": field_id, "from": old_id, "fromString": old, "to": new_id, "toString": new}
