"""How the steps of a refresh become SQL: temporary tables, or parts of the statements that need them."""

import re
from collections.abc import Iterable, Mapping

from etl.derive.derivation import Step

_WORD = re.compile(r"\b(?:d|new)_[a-z_]+\b")
_WITH = re.compile(r"\s*with\s+(recursive\s+)?", re.IGNORECASE)


class Workspace:
    """Knows which steps stand in tables, and keeps the text of the others until a statement needs them."""

    def __init__(self) -> None:
        self.waiting: dict[str, str] = {}
        self.plain: set[str] = set()

    def wait(self, step: Step, reads: Mapping[str, str] | None = None) -> None:
        """Keep a step for the statements that need it; `reads`: what it sees of some tables."""
        self.waiting[step.name] = shaded(step.query, reads or {})
        if step.read_once:
            self.plain.add(step.name)

    def table(self, step: Step, reads: Mapping[str, str]) -> list[str]:
        """Statements that put the outcome of a step into a temporary table."""
        self.wait(step, reads)
        made = self.complete([], f"select * from {step.name}")
        del self.waiting[step.name]
        indexes = [f"create {index.partition('(')[0]}index on {step.name} ({index.partition('(')[2]}" for index in step.indexes]
        return [f"create temp table {step.name} on commit drop as\n{made}", *indexes, f"analyze {step.name}"]

    def complete(self, actions: Iterable[str], statement: str) -> str:
        """A statement after common table expressions, with the waiting steps that any of them needs in front."""
        given = list(actions)
        needed = self._needed("\n".join([*given, statement]))
        parts = [f"{name} as {'' if name in self.plain else 'materialized '}(\n{self.waiting[name]}\n)" for name in needed]
        before = ",\n".join([*parts, *given])
        return f"with recursive {before}\n{statement}" if before else statement

    def _needed(self, sql: str) -> list[str]:
        """Waiting steps that a text names, and those that these name, in the order in which they came."""
        found: set[str] = set()
        ahead = [sql]
        while ahead:
            named = {name for name in _WORD.findall(ahead.pop()) if name in self.waiting} - found
            found |= named
            ahead.extend(self.waiting[name] for name in named)
        return [name for name in self.waiting if name in found]


def shaded(query: str, reads: Mapping[str, str]) -> str:
    """A query that sees only some rows of the tables it names."""
    views = [
        f"{name} as not materialized (select * from public.{name} where {condition})"
        for name, condition in reads.items()
        if re.search(rf"(?<![.\w]){name}\b", query)
    ]
    if not views:
        return query.strip()
    begun = _WITH.match(query)
    return f"with {begun[1] or '' if begun else ''}{', '.join(views)}{',' if begun else ''}\n{query[begun.end() if begun else 0 :].strip()}"
