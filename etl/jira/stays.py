"""Stays of an issue in sprints, rebuilt from the changes of its sprint field."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from etl.entity import Raw, Row
from etl.jira.changelogs import Change
from etl.jira.lookups import Lookups, Span
from etl.jira.values import points, text

_OLD_FORM = re.compile(r"com\.atlassian\.greenhopper\.service\.sprint\.Sprint@\w+\[(.*)\]", re.DOTALL)
_OLD_MEMBER = re.compile(r"(\w+)=(.*?)(?=,\w+=|$)", re.DOTALL)


def sprint_objects(value: object) -> list[Raw]:
    """The sprints in a sprint field: objects, or in Data Center texts that list the members of one."""
    listed = value if isinstance(value, list) else [value]
    read = (_from_old_form(item) if isinstance(item, str) else item for item in listed)
    return [dict(item) for item in read if isinstance(item, Mapping) and item.get("id") is not None]


def _from_old_form(written: str) -> Raw | None:
    match = _OLD_FORM.search(written)
    if match is None:
        return None
    found = {name: None if value in ("", "<null>") else value for name, value in _OLD_MEMBER.findall(match.group(1))}
    return {**found, "state": str(found.get("state") or "").lower() or None, "boardId": found.get("rapidViewId")}


@dataclass(frozen=True)
class Estimates:
    """Story points of an issue over time."""

    first: float | None
    changes: Sequence[tuple[datetime, float | None]]

    def at(self, moment: datetime | None) -> float | None:
        """The points that held at a moment; None means the latest known."""
        held = [points for at, points in self.changes if moment is None or at <= moment]
        return held[-1] if held else self.first


def estimates_of(changes: Iterable[Change], current: float | None, lookups: Lookups) -> Estimates:
    """What the history says of the points; without a change they were always what they are."""
    moves = [change for change in changes if _role(change, lookups) == "story_points"]
    first = points(moves[0].item.get("fromString")) if moves else current
    return Estimates(first, [(move.at, points(move.item.get("toString"))) for move in moves])


def stay_rows(
    place: tuple[str, str],
    created_at: datetime,
    changes: Sequence[Change],
    current: Mapping[str, Span],
    estimates: Estimates,
    lookups: Lookups,
) -> list[Row]:
    """One row per stay: added when the sprint entered the field (or at creation), removed when it left it.

    A sprint that is over stays in the field, so a stay that lasted to its end is never closed.

    Args:
        place: our site and the id of the issue.
        created_at: when the issue was created.
        changes: its history in order.
        current: the sprints now in its field.
        estimates: its points over time.
        lookups: what is known of the site, also of sprints the issue has left.
    """
    moves = [change for change in changes if _role(change, lookups) == "sprint"]
    open_since = dict.fromkeys(_ids(moves[0].item.get("from")) if moves else sorted(current), created_at)
    stays: list[tuple[str, datetime, datetime | None]] = []
    for move in moves:
        now_in = _ids(move.item.get("to"))
        stays += [(sprint, open_since.pop(sprint), move.at) for sprint in sorted(set(open_since) - set(now_in))]
        for sprint in now_in:
            open_since.setdefault(sprint, move.at)
    stays += [(sprint, since, None) for sprint, since in open_since.items()]
    return [_row(place, stay, current.get(stay[0]) or lookups.sprint_spans.get(stay[0], Span()), estimates) for stay in stays]


def _row(place: tuple[str, str], stay: tuple[str, datetime, datetime | None], span: Span, estimates: Estimates) -> Row:
    site, issue_id = place
    sprint, added_at, removed_at = stay
    ends = [moment for moment in (removed_at, span.completed_at) if moment is not None]
    return {
        "sprint_id": f"{site}:sprint:{sprint}",
        "issue_id": issue_id,
        "added_at": added_at,
        "removed_at": removed_at,
        # Before the start the latest estimate counts: it is the one the sprint starts with, unless it changes again.
        "points_at_start": estimates.at(max(added_at, span.started_at) if span.started_at else None),
        "points_at_end": estimates.at(min(ends) if ends else None),
    }


def _role(change: Change, lookups: Lookups) -> str:
    if change.is_status:
        return "status"
    role = lookups.roles.of_change(text(change.item.get("fieldId")), str(change.item.get("field")))
    return "sprint" if role == "Sprint" else role


def _ids(value: Any) -> list[str]:
    return [part for part in (piece.strip() for piece in str(value or "").split(",")) if part]
