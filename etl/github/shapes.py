"""GitHub says the same thing in several shapes (REST, GraphQL, structs re-serialised by other tools); here they become one."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar, cast

from etl.entity import Parsing, Raw, RecordError, Row
from store.errors import AccessRefused

SOURCE = "github"
T = TypeVar("T")
_REPOSITORY_URL = re.compile(r"/repos/([^/]+/[^/]+)(?:/|$)")
_PAGE_URL = re.compile(r"^https?://[^/]+/([^/]+/[^/]+)/(?:pull|issues|commit|actions|releases)/")
_NUMBER_URL = re.compile(r"/(?:pulls?|issues)/(\d+)(?:$|[/#?])")


def normal(raw: Any) -> Any:
    """The record with lower-case first letters where a tool wrote struct names (`CommitOid`, `ID`); others come back as they are."""
    if isinstance(raw, dict):
        return {_member(name): normal(value) for name, value in raw.items()}
    return [normal(item) for item in raw] if isinstance(raw, list) else raw


def _member(name: str) -> str:
    if not name[:1].isupper():
        return name
    return name.lower() if name.isupper() else name[0].lower() + name[1:]


def record(raw: Any) -> Raw:
    """The record itself, in one spelling.

    Raises:
        RecordError: it is no JSON object.
    """
    if not isinstance(raw, dict):
        raise RecordError(f"a record must be an object, this is {type(raw).__name__}")
    for name in raw:
        if "A" <= name < "[":
            return cast("Raw", normal(raw))
    return raw


# The readers below run some two hundred times for each pull request: what nearly every record has comes first in them.


def first(raw: Raw, name: str, *others: str) -> Any:
    """The first of these members that is there and not null."""
    value = raw.get(name)
    if value is not None:
        return value
    for other in others:
        value = raw.get(other)
        if value is not None:
            return value
    return None


def text(raw: Raw, name: str, *others: str) -> str | None:
    """The same as text; blank is absent.

    Raises:
        RecordError: it is no text.
    """
    value = raw.get(name)
    if value is None:
        value = first(raw, *others) if others else None
    if type(value) is str or value is None:
        return value or None
    if isinstance(value, dict | list | bool):
        raise RecordError(f"the member {name!r} should be text, it is {type(value).__name__}")
    return str(value)


def whole(raw: Raw, name: str, *others: str) -> int | None:
    """The same as a whole number.

    Raises:
        RecordError: it is no whole number.
    """
    value = first(raw, name, *others)
    if type(value) is int or value is None:
        return value
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise RecordError(f"the member {name!r} should be a whole number, it is {value!r:.50}")
    try:
        return int(value)
    except ValueError:
        raise RecordError(f"the member {name!r} should be a whole number, it is {value!r:.50}") from None


def instant(raw: Raw, name: str, *others: str) -> datetime | None:
    """The same as an instant in UTC; one without an offset means UTC.

    Raises:
        RecordError: it is no instant.
    """
    value = first(raw, name, *others)
    if value is None or value == "":
        return None
    try:
        at = datetime.fromisoformat(value)
        zone = at.tzinfo
        if zone is UTC:
            return at
        return at.replace(tzinfo=UTC) if zone is None else at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise RecordError(f"the member {name!r} should be an instant, it is {value!r:.50}") from None


def needed(value: T | None, name: str) -> T:
    """The value.

    Raises:
        RecordError: it is missing.
    """
    if value is None:
        raise RecordError(f"the member {name!r} is missing")
    return value


def version(raw: Raw) -> str | None:
    """When a record last changed, as comparable text."""
    at = instant(record(raw), "updatedAt", "updated_at")
    return at.isoformat() if at else None


def nodes(value: Any) -> list[Raw]:
    """The items of a connection, of edges, or of a plain list."""
    if value is None:
        return []
    listed = value if isinstance(value, list) else value.get("nodes")
    if listed is not None:
        return [item for item in listed if item is not None] if None in listed else listed
    return [edge["node"] for edge in value.get("edges") or [] if edge and edge.get("node") is not None]


def is_withheld(connection: Any) -> bool:
    """Whether GitHub says that there are records and shows none of them: the token lacks the permission for their kind."""
    listed = (connection.get("nodes") if isinstance(connection, dict) else None) or []
    return bool(listed) and all(item is None for item in listed)


def granted(connection: Any, what: str) -> None:
    """Go on with a connection that shows something, or has nothing to show.

    Raises:
        AccessRefused: every record is withheld.
    """
    if is_withheld(connection):
        raise AccessRefused(f"GitHub does not show {what}. Give the token that permission, or leave them out.")


def database_id(raw: Raw) -> str:
    """The number that REST and GraphQL share; the global id where there is none.

    Raises:
        RecordError: it has no id at all.
    """
    value = first(raw, "fullDatabaseId", "databaseId", "id", "node_id", "nodeId")
    if value is None or value == "":
        raise RecordError("it has no id")
    if isinstance(value, dict | list | bool):
        raise RecordError("its id is neither text nor a number")
    return str(value)


def numbered_id(raw: Raw) -> str:
    """The id of something that has a number in its repository; that number where a recording left the id out.

    Raises:
        RecordError: it has neither.
    """
    if first(raw, "fullDatabaseId", "databaseId", "id", "node_id") is None and raw.get("number") and repository_name(raw):
        return f"@{repository_name(raw)}#{raw['number']}"
    return database_id(raw)


def ident(parsing: Parsing, kind: str, value: Any) -> str:
    """Our id of something: `github:pr:123`."""
    return f"{parsing.site}:{kind}:{value}"


class Account(NamedTuple):
    """Who did something."""

    id: str
    login: str
    type: str
    name: str | None = None
    email: str | None = None


def account(raw: Any) -> Account | None:
    """Who; None for accounts that were deleted (GitHub shows them as ghost)."""
    if not isinstance(raw, dict):
        return None
    get = raw.get
    return _account(get("login") or get("slug"), get("__typename") or get("type"), get("databaseId"), get("id"), get("name"), get("email"))


@lru_cache(maxsize=4096)
def _account(login: Any, kind: Any, database_id: Any, given_id: Any, name: Any, email: Any) -> Account | None:
    """The same few people stand in every record, so each is read once."""
    if not login or kind == "Team":
        return None
    kind = kind or ("Bot" if str(login).endswith("[bot]") else "User")
    if kind == "Bot" and not login.endswith("[bot]"):
        login = f"{login}[bot]"  # GraphQL leaves out what REST writes
    value = given_id if database_id is None else database_id
    number = value if isinstance(value, int) or (isinstance(value, str) and value.isdigit()) else f"@{login}"
    return Account(str(number), str(login), str(kind), name or None, email or None)


def account_id(parsing: Parsing, who: Account | None) -> str | None:
    """Our id of an account."""
    return ident(parsing, "user", who.id) if who else None


def identity_rows(parsing: Parsing, people: Iterable[Account | None]) -> list[Row]:
    """One row per account; names only where the record tells them, so that a later record without does not erase them."""
    rows: dict[str, Row] = {}
    for who in dict.fromkeys(people):
        if who is not None:
            row = _identity_row(ident(parsing, "user", who.id), parsing.site, who)
            before = rows.get(row["id"])
            rows[row["id"]] = {**before, **row} if before else row
    return list(rows.values())


@lru_cache(maxsize=4096)
def _identity_row(key: str, site: str, who: Account) -> Row:
    """The same row for every record that a person stands in; nobody changes it."""
    row: Row = {"id": key, "site": site, "source": SOURCE, "external_id": who.id, "login": who.login}
    row["account_type"] = who.type
    if who.name:
        row["display_name"] = who.name
    return row


def repository_id(parsing: Parsing, raw: Raw, *candidates: Any) -> str:
    """The repository of a record: what it says itself, else what it was read for, else its name.

    Raises:
        RecordError: nothing names one.
    """
    for inner in (*candidates, raw.get("repository"), raw.get("baseRepository")):
        if isinstance(inner, dict):
            value = first(inner, "databaseId", "id")
            if isinstance(value, int) or (isinstance(value, str) and value.isdigit()):
                return ident(parsing, "repo", value)
    if parsing.scope is not None and parsing.scope.kind == "repository":
        return parsing.scope.id
    name = repository_name(raw)
    if name is None:
        raise RecordError("nothing says to which repository it belongs")
    found = parsing.lookups.get("repositories", {}).get(name)
    return str(found) if found else ident(parsing, "repo", f"@{name}")


def repository_name(raw: Raw) -> str | None:
    """`owner/name` as the record or one of its links tells it."""
    inner = first(raw, "repository", "baseRepository")
    if isinstance(inner, str):
        return inner
    if isinstance(inner, dict):
        full = first(inner, "nameWithOwner", "full_name")
        owner = inner.get("owner")
        if full is None and isinstance(owner, dict) and owner.get("login"):
            full = f"{owner['login']}/{inner.get('name')}"
        full = full or (_PAGE_URL.match(f"{inner.get('url')}/pull/") or [None, None])[1]
        if full:
            return str(full)
    for link in ("repository_url", "pull_request_url", "issue_url", "url", "run_url"):
        if match := _REPOSITORY_URL.search(str(raw.get(link) or "")):
            return match[1]
    for link in ("html_url", "url"):
        if match := _PAGE_URL.match(str(raw.get(link) or "")):
            return match[1]
    return None


def number_in(url: Any) -> int | None:
    """The number of the pull request or issue that a link leads to."""
    match = _NUMBER_URL.search(str(url or ""))
    return int(match[1]) if match else None


def label_names(raw: Raw) -> list[str]:
    """Names of labels, sorted: GitHub's order differs between its interfaces."""
    return sorted({item["name"] if isinstance(item, dict) else str(item) for item in nodes(raw.get("labels"))})
