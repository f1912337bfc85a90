"""The shape of one derivation: statements that work in temporary tables, and the tables that take the outcome."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import Table

from store.tables.history import row_key

Part = Literal["always", "whole", "issues", "pulls", "services", "after"]
"""When a refresh of a part needs a derivation: always, never (only when everything is derived), where issues, pull requests or services are
concerned, or after all of these."""


@dataclass(frozen=True)
class Fill:
    """A table that is made equal to the temporary table `new_{name}`: rows that differ are written, rows that are gone are deleted.

    `ours` is a condition on the table's rows: only those may be deleted; others came from a source and stay. `within` is a further one for
    a refresh of a part: which rows the part is about.
    """

    table: Table
    columns: tuple[str, ...] = ()
    """Columns of the temporary table; all columns of the table when empty."""
    ours: str = "true"
    within: str = "true"

    def statements(self, *, whole: bool = True) -> tuple[str, str]:
        """The merge and the deletion, in this order."""
        name = f'public."{self.table.name}"'
        keys = [column.name for column in self.table.primary_key]
        columns = [f'"{column}"' for column in (self.columns or self.table.c.keys())]
        rest = [column for column in columns if column.strip('"') not in keys]
        listed, key_list = ", ".join(columns), ", ".join(keys)
        same_key = " and ".join(f"n.{key} = t.{key}" for key in keys)
        merge = f"insert into {name} as t ({listed}) select {listed} from new_{self.table.name} on conflict ({key_list}) do "
        merge += _update(rest) if rest else "nothing"
        mine = f"({self.ours})" if whole else f"({self.ours}) and ({self.within})"
        gone = f"delete from {name} as t where {mine} and not exists (select from new_{self.table.name} n where {same_key})"
        return merge, gone


def remember(fill: Fill, *, whole: bool) -> str:
    """What the rows of a fact were before this refresh changes them; nothing on the very first one, before which nothing was known."""
    name, stored_key, new_key = fill.table.name, row_key(fill.table, "t"), row_key(fill.table, "n")
    keys = [column.name for column in fill.table.primary_key]
    columns = [f'"{column}"' for column in (fill.columns or fill.table.c.keys())]
    stored, wanted = (", ".join(f"{side}.{column}" for column in columns) for side in ("t", "n"))
    same = " and ".join(f"n.{key} = t.{key}" for key in keys)
    mine = f"({fill.ours})" if whole else f"({fill.ours}) and ({fill.within})"
    return (
        "insert into fact_revision (at, fact, entity, row_key, before) "
        f"select c.as_at, '{name}', found.entity, found.row_key, found.before from d_config c cross join ("
        f"select n.{keys[0]} as entity, {new_key} as row_key, case when t.{keys[0]} is not null then to_jsonb(t) end as before "
        f'from new_{name} n left join public."{name}" t on {same} where t.{keys[0]} is null or row({stored}) is distinct from row({wanted}) '
        f'union all select t.{keys[0]}, {stored_key}, to_jsonb(t) from public."{name}" t '
        f"where {mine} and not exists (select from new_{name} n where {same})) found where exists (select from fact_revision)"
    )


def remembered(fact: Table, changing: str) -> str:
    """The same for rows that an update is about to change: those whose ids stand in a temporary table."""
    return (
        "insert into fact_revision (at, fact, entity, row_key, before) "
        f"select c.as_at, '{fact.name}', t.id, {row_key(fact, 't')}, to_jsonb(t) from d_config c cross join public.{fact.name} t "
        f"where t.id in (select id from {changing}) and exists (select from fact_revision)"
    )


BEGIN_HISTORY = """
insert into fact_revision (at, fact, entity, row_key) select as_at, '', '', '' from d_config where not exists (select from fact_revision)
"""


def _update(columns: list[str]) -> str:
    assigned = ", ".join(f"{column} = excluded.{column}" for column in columns)
    stored, wanted = (", ".join(f"{side}.{column}" for column in columns) for side in ("t", "excluded"))
    return f"update set {assigned} where row({stored}) is distinct from row({wanted})"


@dataclass(frozen=True)
class Derivation:
    """One rule: what it is called, what it computes and which tables it fills."""

    name: str
    statements: tuple[str, ...]
    fills: tuple[Fill, ...] = ()
    after: tuple[str, ...] = ()
    """Statements that need the filled tables."""
    part: Part = "whole"
    reads: Mapping[str, str] = field(default_factory=dict)
    """What a refresh of a part sees of these tables: a condition each. A temporary view of the same name stands before the table."""
    first: tuple[str, ...] = ()
    """Statements that only a refresh of a part needs, before all others; they see all rows."""
    last: tuple[str, ...] = ()
    """Statements that only a refresh of a part needs, after the tables are filled; they see all rows."""

    def shades(self) -> Iterator[str]:
        """Put the views before the tables."""
        for name, condition in self.reads.items():
            yield f"create temp view {name} as select * from public.{name} where {condition}"

    def unshades(self) -> Iterator[str]:
        """Take the views away."""
        for name in self.reads:
            yield f"drop view pg_temp.{name}"
