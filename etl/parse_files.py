"""What a connector makes of recorded payloads, for people who debug a mapping; nothing is stored."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from etl.catalogue import connector, entity_named
from etl.entity import Parsing, Raw, Scope
from etl.parsing import parse_records
from store.config import PulseConfig
from store.errors import InvalidQuestion

IDENTITIES = ("id", "Id", "databaseId", "node_id", "number", "sha", "oid", "key", "login", "self")
AROUND_RECORDS = (
    *("data", "repository", "organization", "repositoryOwner", "nodes", "values", "items"),
    *("pullRequests", "issues", "deployments", "releases", "repositories", "workflow_runs", "jobs"),
)
"""Members of answers that hold the records."""
WRAPPERS = ("payload", "response")
LISTS = ("issues", "values", "issueChangeLogs", "worklogs")
"""Where an answer of Jira that is one page of many keeps its records."""
PAGING = frozenset({"startAt", "maxResults", "isLast", "nextPageToken", "total"})
KEPT_BESIDE = ("issue_id", "pull_number", "pull_id", "number", "login", "run_id")
"""What recordings keep beside a payload that does not say by itself to what it belongs."""


def parse_payloads(
    entity_name: str, payloads: Any, *, config: PulseConfig | None = None, context: Iterable[Raw] = (), scope: Scope | None = None
) -> dict[str, Any]:
    """Rows by table, and what could not be understood: `{"rows": {table: [...]}, "quarantined": [{"reason", "index"}]}`.

    `payloads` is one record, a list of them, an answer of the source, or a file of recordings with `records`.

    Raises:
        InvalidQuestion: the entity does not exist.
    """
    entity = entity_named(entity_name)
    lookups = connector(entity.source).sample_lookups(config or PulseConfig(), context)
    records = unwrap(payloads)
    parsed = parse_records(entity, Parsing(entity.source, scope, lookups), records)
    rows = {table: [_shown(row) for row in found] for table, found in sorted(parsed.rows.items())}
    return {"rows": rows, "quarantined": [{"reason": item.reason, "index": item.index} for item in parsed.rejected]}


def parse_file(entity_name: str, path: Path, *, config: PulseConfig | None = None, context: Path | None = None) -> dict[str, Any]:
    """The same for a file; `context` is a folder of recorded statuses and fields, by default `context` beside the file's folder.

    Raises:
        InvalidQuestion: the file cannot be read, or is not JSON.
    """
    folder = context or path.resolve().parent.parent / "context"
    return parse_payloads(entity_name, read_json(path), config=config, context=read_context(folder))


def read_json(path: Path) -> Any:
    """The JSON in a file.

    Raises:
        InvalidQuestion: it cannot be read, or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidQuestion(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise InvalidQuestion(f"{path} is not JSON: {error}.") from error


def read_context(folder: Path) -> list[Raw]:
    """Every record of every JSON file in a folder; nothing where there is no folder."""
    return [record for path in sorted(folder.glob("*.json")) for record in unwrap(read_json(path))]


def unwrap(document: Any) -> list[Any]:
    """The records in a document, whatever they are wrapped in."""
    if isinstance(document, list):
        return [record for item in document for record in unwrap(item)]
    if not isinstance(document, dict):
        return [document]
    if isinstance(document.get("records"), list) and ("kind" in document or "meaning" in document or len(document) <= 2):
        return unwrap(document["records"])
    for name in LISTS:
        if isinstance(document.get(name), list) and PAGING & set(document):
            return unwrap(document[name])
    for name in WRAPPERS:
        if name in document and set(document) - {name} <= _BESIDE:
            return _inside(document, name)
    return _listed(document)


def _listed(document: Raw) -> list[Any]:
    """The records of an answer that is a list with something around it; a record itself has an id and comes back alone."""
    if any(name in document for name in IDENTITIES):
        return [document]
    inner = next((document[name] for name in AROUND_RECORDS if isinstance(document.get(name), dict | list)), None)
    return [document] if inner is None else unwrap(inner)


_BESIDE = {
    "request",
    "sequence",
    "scenario",
    "query",
    "variables",
    "event",
    "action",
    "status",
    "headers",
    "note",
    "name",
    "body",
    *KEPT_BESIDE,
}


def _inside(wrapper: Raw, name: str) -> list[Any]:
    inner = wrapper[name]
    if name == "response" and isinstance(inner, dict) and "body" in inner:
        inner = inner["body"]
    beside = {_member(key): wrapper[key] for key in KEPT_BESIDE if key in wrapper}
    return [{**beside, **record} if isinstance(record, dict) else record for record in unwrap(inner)]


def _member(key: str) -> str:
    """The name under which parsers find what stood beside a payload: as Jira spells it, and the login of whoever was asked about."""
    return {"issue_id": "issueId", "login": "user_login"}.get(key, key)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime | date) else value for name, value in row.items()}
