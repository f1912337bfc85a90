"""Questions in Jira's query language."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from etl.jira.lookups import Lookups

EARLIEST_ZONE = timedelta(hours=-12)
"""Offset of the zone in which a wall clock time comes last; used when the account's zone is unknown, at the price of reading some hours twice."""
BEGINNING = "1970/01/01 00:00"
SYSTEM_FIELDS = (
    *("summary", "description", "issuetype", "project", "status", "priority", "resolution", "resolutiondate", "created", "updated"),
    *("creator", "reporter", "assignee", "labels", "components", "fixVersions", "parent", "issuelinks", "duedate", "worklog"),
    *("timeoriginalestimate", "timespent"),
)


def changed_since(since: str | None, projects: Sequence[str], time_zone: str | None) -> str:
    """All issues, or those changed since an instant, oldest first.

    The order is by creation: an issue that changes while the pages are read keeps its place, so none slips through between two pages.
    """
    moment = written(datetime.fromisoformat(since), time_zone) if since else BEGINNING
    clauses = [f'updated >= "{moment}"']
    if projects:
        clauses.insert(0, f"project in ({', '.join(quoted(key) for key in projects)})")
    return f"{' AND '.join(clauses)} ORDER BY created ASC, key ASC"


def written(moment: datetime, time_zone: str | None) -> str:
    """An instant as JQL reads it: to the minute, in the zone of the account that asks, never later than meant."""
    zone = _zone(time_zone)
    if zone is None:
        return f"{moment.astimezone(UTC) + EARLIEST_ZONE:%Y/%m/%d %H:%M}"
    local = moment.astimezone(zone)
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        local -= timedelta(hours=1)  # the hour that a clock change repeats: take the earlier one
    return f"{local:%Y/%m/%d %H:%M}"


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def quoted(value: str) -> str:
    """A text in quotes that nothing in it can end."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def wanted_fields(lookups: Lookups) -> list[str]:
    """The fields to ask for: few, since Jira makes pages smaller the more there are."""
    mapped = (field for fields in lookups.roles.fields.values() for field in fields)
    return list(dict.fromkeys((*SYSTEM_FIELDS, *sorted(mapped))))
