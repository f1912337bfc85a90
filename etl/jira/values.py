"""Small readers for the values Jira sends: absent ones are None, instants are UTC, texts are storable."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from etl.entity import Raw, RecordError

_EPOCH = re.compile(r"-?\d{9,14}")
_BEFORE_OFFSET = re.compile(r" (?=[+-]\d{2}:?\d{2}$)")
_MILLISECONDS_FROM = 100_000_000_000
"""Larger epoch numbers are milliseconds: as seconds they would lie after the year 5138."""


def text(value: object) -> str | None:
    """`value` as text, None for null and for blank text."""
    if type(value) is str:  # nearly every one of the hundred that an issue has
        return value if value and not value.isspace() else None
    if value is None:
        return None
    written = str(value)
    return written if written and not written.isspace() else None


def instant(value: object) -> datetime | None:
    """The moment `value` means, in UTC; forms: ISO with any offset, ISO without (UTC), a date, epoch seconds or milliseconds.

    Raises:
        RecordError: the value is none of these.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str) and (value[4:5] == "-" or not _EPOCH.fullmatch(value)):
        return _from_iso(value)
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        return _from_epoch(float(value))
    raise RecordError(f"{value!r:.60} is not a time")


def _from_iso(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = _from_unusual_iso(value)
    if moment.tzinfo is UTC:  # as most are
        return moment
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _from_unusual_iso(value: str) -> datetime:
    try:
        return datetime.fromisoformat(_BEFORE_OFFSET.sub("", value.strip()))
    except ValueError as error:
        raise RecordError(f"{value!r:.60} is not a time") from error


def _from_epoch(value: float) -> datetime:
    try:
        return datetime.fromtimestamp(value / 1000 if abs(value) >= _MILLISECONDS_FROM else value, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise RecordError(f"{value!r} is not a time") from error


def required_instant(raw: Mapping[str, Any], name: str) -> datetime:
    """The moment in the member `name`, which every record of this kind has.

    Raises:
        RecordError: it is absent or not a time.
    """
    moment = instant(raw.get(name))
    if moment is None:
        raise RecordError(f"`{name}` is missing")
    return moment


def day(value: object, zone: tzinfo) -> datetime | None:
    """The beginning of a calendar day in `zone`; a full time stamp is taken as it is.

    Raises:
        RecordError: the value is not a day.
    """
    if isinstance(value, str) and len(value) == len("2026-01-31"):
        try:
            return datetime.combine(date.fromisoformat(value), time.min, zone).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise RecordError(f"{value!r:.60} is not a day") from error
    return instant(value)


def amount(value: object) -> float | None:
    """A finite number, also one written as text; None for anything else: points are never guessed."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if abs(number) < float("inf") else None


def points(value: object) -> float | None:
    """Story points; a negative number means "none" (sites write -1), so it is None."""
    number = amount(value)
    return None if number is None or number < 0 else number


def label(value: object) -> str | None:
    """The words of a field value of any shape: text, an option, a named thing, or a list of these."""
    if isinstance(value, dict):
        return _label_of_object(value)
    if isinstance(value, list):
        return ", ".join(filter(None, (label(item) for item in value))) or None
    return text(value)


def _label_of_object(value: Mapping[str, Any]) -> str | None:
    for member in ("value", "name", "title", "displayName", "key", "id"):
        if value.get(member) not in (None, ""):
            return label(value[member])
    return None


def names_of(values: object) -> list[str]:
    """The names in a list of named things or texts, sorted: Jira changes their order from answer to answer."""
    if type(values) is not list and (not isinstance(values, Iterable) or isinstance(values, (str, Mapping))):
        return []
    return sorted({name for name in map(label, values) if name})


def external_id(raw: Raw) -> str:
    """The id Jira gave a record.

    Raises:
        RecordError: it has none, so nothing can be stored under it.
    """
    given = raw.get("id")
    if isinstance(given, dict | list | bool):
        raise RecordError("`id` is neither text nor a number")
    found = text(given)
    if found is None:
        raise RecordError("`id` is missing")
    return found


_NOTHING: Raw = {}


def members(raw: object, name: str) -> Raw:
    """The object in the member `name` of `raw`, or an empty one."""
    found = raw.get(name) if isinstance(raw, dict) else None
    return found if isinstance(found, dict) else _NOTHING


def web_address(raw: Raw, path: str) -> str | None:
    """The page a person opens for a record, on the host its `self` names."""
    link = raw.get("self")
    if not isinstance(link, str) or "/rest/" not in link:
        return None
    return f"{link.split('/rest/', 1)[0]}/{path}"
