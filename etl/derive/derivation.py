"""The shape of one derivation: named queries, and the tables that take their outcome."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import Table

from store.tables.history import row_key

Part = Literal["always", "people", "issues", "pulls", "services", "after"]
"""When a refresh of a part needs a derivation: always, where accounts, issues, pull requests or services are concerned, or after all of these."""


@dataclass(frozen=True)
class Step:
    """A query whose outcome has a name, by which what comes later reads it.

    When everything is derived it becomes a temporary table. In a refresh of a few rows it becomes part of the statements that need it,
    since making and dropping a table costs more than the query; there only what is `kept` or indexed is a table.
    """

    name: str
    query: str
    indexes: tuple[str, ...] = ()
    """What to index, as `(a, b)` or `unique (a)`."""
    kept: bool = False
    read_once: bool = False
    """Only one statement reads it: also when everything is derived it is a part of that, since writing a million rows to read them once is idle."""


@dataclass(frozen=True)
class Fill:
    """A table that is made equal to the step `new_{name}`: rows that differ are written, rows that are gone are deleted.

    `ours` is a condition on the table's rows: only those may be deleted; others came from a source and stay. `within` is a further one for
    a refresh of a part: which rows the part is about. What rows of facts were before is kept, from the second refresh on: before the first,
    nothing was known.
    """

    table: Table
    columns: tuple[str, ...] = ()
    """Columns that the step gives; all columns of the table when empty."""
    ours: str = "true"
    within: str = "true"

    def actions(self, *, whole: bool = True) -> list[str]:
        """Common table expressions that do it; those called `{name}_merged` and `{name}_gone` have a row for each that was written."""
        name = self.table.name
        keys = [column.name for column in self.table.primary_key]
        columns = [f'"{column}"' for column in (self.columns or self.table.c.keys())]
        rest = [column for column in columns if column.strip('"') not in keys]
        listed, key_list = ", ".join(columns), ", ".join(keys)
        stored, wanted = (", ".join(f"{side}.{column}" for column in columns) for side in ("t", "n"))
        same = " and ".join(f"n.{key} = t.{key}" for key in keys)
        mine = f"({self.ours})" if whole else f"({self.ours}) and ({self.within})"
        assigned = ", ".join(f"{column} = excluded.{column}" for column in rest)
        done = f"update set {assigned}" if rest else "nothing"
        history = f', case when t.{keys[0]} is not null then to_jsonb(t) end as "before"' if self.is_fact else ""
        differing = (
            f'{name}_differing as materialized (select {wanted}{history} from new_{name} n left join public."{name}" t on {same} '
            f"where t.{keys[0]} is null or row({stored}) is distinct from row({wanted}))"
        )
        merged = (
            f'{name}_merged as (insert into public."{name}" as t ({listed}) select {listed} from {name}_differing '
            f"on conflict ({key_list}) do {done} returning 1)"
        )
        gone = f'{name}_gone as (delete from public."{name}" as t where {mine} and not exists (select from new_{name} n where {same}) returning t.*)'
        return [differing, merged, gone, *([self._remembered(keys[0])] if self.is_fact else [])]

    def first(self) -> list[str]:
        """The same for a table without rows: nothing is compared, and nothing was before."""
        columns = ", ".join(f'"{column}"' for column in (self.columns or self.table.c.keys()))
        name = self.table.name
        return [f'{name}_merged as (insert into public."{name}" ({columns}) select {columns} from new_{name} returning 1)']

    @property
    def is_fact(self) -> bool:
        """Whether what its rows were before is kept."""
        return self.table.name.startswith("fact_")

    def _remembered(self, entity: str) -> str:
        name, key = self.table.name, row_key(self.table, "r")
        found = f'select r.{entity}, {key}, r."before" from {name}_differing r union all select r.{entity}, {key}, to_jsonb(r) from {name}_gone r'
        return _remembering(name, f"({found}) found (entity, row_key, before)")


@dataclass(frozen=True)
class Amendment:
    """Some columns of rows that a refresh of a part does not derive: `step` gives their ids and new values."""

    table: Table
    step: Step
    columns: tuple[str, ...]

    def actions(self) -> list[str]:
        """Common table expressions that do it."""
        name, given = self.table.name, self.step.name
        before = f"select t.id, {row_key(self.table, 't')}, to_jsonb(t) from {given} d join public.{name} t using (id)"
        assigned = ", ".join(f"{column} = d.{column}" for column in self.columns)
        return [
            _remembering(given, f"({before}) found (entity, row_key, before)", fact=name),
            f"{given}_amended as (update public.{name} t set {assigned} from {given} d where t.id = d.id)",
        ]


def _remembering(name: str, found: str, fact: str | None = None) -> str:
    return (
        f"{name}_remembered as (insert into fact_revision (at, fact, entity, row_key, before) "
        f"select c.as_at, '{fact or name}', found.entity, found.row_key, found.before from d_config c cross join {found} "
        "where exists (select from fact_revision))"
    )


BEGIN_HISTORY = """
insert into fact_revision (at, fact, entity, row_key) select as_at, '', '', '' from d_config where not exists (select from fact_revision)
"""


@dataclass(frozen=True)
class Derivation:
    """One rule: what it is called, what it computes and which tables it fills."""

    name: str
    statements: tuple[Step | str, ...]
    """In the order of what they need; what is no step changes tables."""
    fills: tuple[Fill, ...] = ()
    part: Part = "always"
    reads: Mapping[str, str] = field(default_factory=dict)
    """What a refresh of a part sees of these tables: a condition each."""
    first: tuple[Step | str, ...] = ()
    """What only a refresh of a part needs, before all others; it sees all rows."""
    last: tuple[Amendment, ...] = ()
    """What a refresh of a part does after the tables are filled; it sees all rows."""
