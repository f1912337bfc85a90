"""The part of Jira's query language that Pulse uses: clauses joined by AND, and ORDER BY."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from etl.demo.company.jira_model import Issue

Test = Callable[[Issue], bool]
_TOKEN = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|>=|<=|!=|=|>|<|\(|\)|,|[^\s()=<>!,"']+)""")
_AGO = re.compile(r"^-(\d+)([mhdw])$")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_TIMES: dict[str, Callable[[Issue], datetime]] = {
    "updated": lambda issue: issue.updated_at,
    "updateddate": lambda issue: issue.updated_at,
    "created": lambda issue: issue.created_at,
    "createddate": lambda issue: issue.created_at,
}
_VALUES: dict[str, Callable[[Issue], set[str]]] = {
    "project": lambda issue: {issue.project},
    "key": lambda issue: {issue.key},
    "issuekey": lambda issue: {issue.key},
    "id": lambda issue: {str(issue.id), issue.key},
    "parent": lambda issue: {issue.parent or ""},
    "sprint": lambda issue: {str(sprint) for sprint in issue.sprints},
    "issuetype": lambda issue: {issue.type},
    "type": lambda issue: {issue.type},
    "status": lambda issue: {issue.status.name, issue.status.id},
    "statuscategory": lambda issue: {issue.status.category},
    "priority": lambda issue: {issue.priority},
    "assignee": lambda issue: {issue.assignee or ""},
}
_ORDERS: dict[str, Callable[[Issue], Any]] = {
    **_TIMES,
    "key": lambda issue: (issue.project, issue.id),
    "id": lambda issue: issue.id,
}


class JqlError(ValueError):
    """The question is not understood; the message is Jira's."""


@dataclass(frozen=True)
class Question:
    """A question that was understood."""

    tests: tuple[Test, ...]
    order: tuple[tuple[str, bool], ...]
    """(field, descending)."""

    def apply(self, issues: list[Issue]) -> list[Issue]:
        """The issues that pass, in order; without an order the newest first, as Jira does."""
        found = [issue for issue in issues if all(test(issue) for test in self.tests)]
        for name, descending in reversed(self.order or (("created", True),)):
            found.sort(key=_ORDERS[name], reverse=descending)
        return found


def understand(jql: str, now: datetime, projects: Collection[str]) -> Question:
    """Parse a question about these projects.

    Raises:
        JqlError: it is not valid, names another project, or uses what this stand-in does not know.
    """
    condition, _, order = re.sub(r"\border\s+by\b", "\0", jql, flags=re.IGNORECASE).partition("\0")
    tokens = _tokens(condition)
    tests: list[Test] = []
    while tokens:
        tests.append(_clause(tokens, now, projects))
        if tokens and tokens.pop(0).upper() != "AND":
            raise JqlError("Error in the JQL Query: Expecting 'AND' or the end of the query.")
    return Question(tuple(tests), _order(order))


def _tokens(text: str) -> list[str]:
    tokens, position = [], 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise JqlError(f"Error in the JQL Query: The character '{text[position]}' is not expected (line 1, character {position + 1}).")
        tokens.append(match.group(1))
        position = match.end()
    return tokens


def _clause(tokens: list[str], now: datetime, projects: Collection[str]) -> Test:
    if len(tokens) < 3:
        raise JqlError("Error in the JQL Query: The query ends too early.")
    name, operator = _plain(tokens.pop(0)).lower(), tokens.pop(0).lower()
    if operator == "in":
        return _membership(name, _list(tokens), projects)
    value = _plain(tokens.pop(0))
    if name in _TIMES:
        return _comparison(_TIMES[name], operator, _instant(value, now))
    if operator not in ("=", "!="):
        raise JqlError(f"The operator '{operator}' is not supported by the '{name}' field.")
    positive = _membership(name, {value}, projects)
    return positive if operator == "=" else lambda issue: not positive(issue)


def _membership(name: str, values: set[str], projects: Collection[str]) -> Test:
    reader = _VALUES.get(name)
    if reader is None:
        raise JqlError(f"Field '{name}' does not exist or you do not have permission to view it.")
    for unknown in sorted(values - set(projects)) if name == "project" else ():
        raise JqlError(f"The value '{unknown}' does not exist for the field 'project'.")
    return lambda issue: not values.isdisjoint(reader(issue))


def _list(tokens: list[str]) -> set[str]:
    values: set[str] = set()
    if not tokens or tokens.pop(0) != "(":
        raise JqlError("Error in the JQL Query: Expecting '(' after 'in'.")
    while tokens:
        values.add(_plain(tokens.pop(0)))
        if tokens and tokens.pop(0) == ")":
            return values
    raise JqlError("Error in the JQL Query: Expecting ')'.")


def _plain(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1]) if token[:1] in "\"'" else token


def _comparison(reader: Callable[[Issue], datetime], operator: str, limit: datetime) -> Test:
    tests: dict[str, Test] = {
        ">=": lambda issue: reader(issue) >= limit,
        "<=": lambda issue: reader(issue) <= limit,
        ">": lambda issue: reader(issue) > limit,
        "<": lambda issue: reader(issue) < limit,
    }
    if operator not in tests:
        raise JqlError(f"The operator '{operator}' is not supported by dates here.")
    return tests[operator]


def _instant(value: str, now: datetime) -> datetime:
    ago = _AGO.match(value)
    if ago:
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    text = value.replace("/", "-")
    for form in ("%Y-%m-%d %H:%M", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise JqlError(
        f"Date value '{value}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', '-5d'."
    )


def _order(text: str) -> tuple[tuple[str, bool], ...]:
    parts = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, direction = part.partition(" ")
        if name.lower() not in _ORDERS:
            raise JqlError(f"Field '{name}' does not exist or you cannot sort by it.")
        parts.append((name.lower(), direction.strip().upper() == "DESC"))
    return tuple(parts)
