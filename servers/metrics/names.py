"""Names of teams, services, repositories, projects and epics as people write them, and what they stand for."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rapidfuzz import fuzz, process
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from store.config import folded
from store.errors import InvalidQuestion

Kind = Literal["team", "service", "repo", "project", "epic"]
NEAR_MISS = 80
"""Similarity (0 to 100) from which another spelling is taken for the same name."""
KINDS: dict[str, Kind] = {"team": "team", "owner_team": "team", "service": "service", "repo": "repo", "project": "project", "epic": "epic"}
"""Which dimensions hold names of the store."""
_SQL = """
select 'team' as kind, t.key, t.name, p.key as parent, t.jira_projects as related
  from team t left join team p on p.id = t.parent_team_id
union all
select 'service', s.key, coalesce(s.name, s.key), t.key, coalesce(o.repositories, '{}')
  from service s left join team t on t.id = s.owner_team_id
  left join (
    select sr.service_id, array_agg(r.full_name order by r.full_name) as repositories
    from service_repository sr join repository r on r.id = sr.repo_id group by sr.service_id) o on o.service_id = s.id
union all
select 'repo', r.full_name, r.name, null, '{}'::text[] from repository r where r.deleted_at is null
union all
select 'project', p.key, coalesce(p.name, p.key), null, '{}'::text[] from project p where p.deleted_at is null
"""
_EPICS = " union all select 'epic', f.key, coalesce(f.title, f.key), f.project, '{}'::text[] from fact_issue f where f.level = 'epic'"


class UnknownName(InvalidQuestion):
    """A filter names something that the store does not know; the message offers what it knows."""

    def __init__(self, kind: str, given: str, known: Sequence[str]) -> None:
        shown = ", ".join(known[:20]) or "none; run `pulse sync` first"
        super().__init__(f"There is no {kind} {given!r}; known: {shown}.")
        self.kind, self.given, self.known = kind, given, list(known)


@dataclass(frozen=True)
class Named:
    """One thing with a name. `parent`: a team's parent, a service's owner, an epic's project; `related`: a team's projects, a service's repositories."""

    kind: Kind
    key: str
    name: str
    parent: str | None = None
    related: tuple[str, ...] = ()


@dataclass(frozen=True)
class Names:
    """All names of the store, found without case, blanks, hyphens and underscores."""

    items: tuple[Named, ...] = ()
    _index: dict[tuple[str, str], Named] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for item in self.items:
            for spelling in (item.name, item.key.rsplit("/", 1)[-1], item.key):
                self._index[item.kind, folded(spelling)] = item

    def of_kind(self, kind: Kind) -> list[Named]:
        """Everything of one kind, by key."""
        return sorted((item for item in self.items if item.kind == kind), key=lambda item: item.key)

    def exact(self, kind: Kind, given: str) -> Named | None:
        """What is written so, apart from case, blanks and hyphens."""
        return self._index.get((kind, folded(given)))

    def near(self, kind: Kind, given: str) -> Named | None:
        """The one that a misspelt name most likely means."""
        spellings = {spelling: item for (known, spelling), item in self._index.items() if known == kind}
        match = process.extractOne(folded(given), list(spellings), scorer=fuzz.ratio, score_cutoff=NEAR_MISS)
        return spellings[match[0]] if match else None

    def find(self, kind: Kind, given: str) -> Named:
        """What is meant.

        Raises:
            UnknownName: nothing is called so, nor nearly so.
        """
        found = self.exact(kind, given) or self.near(kind, given)
        if found is None:
            raise UnknownName(kind, given, [item.key for item in self.of_kind(kind)])
        return found

    def family(self, team: str) -> list[str]:
        """The team and all its descendants, by key."""
        members, frontier = [team], {team}
        while frontier:
            frontier = {item.key for item in self.items if item.kind == "team" and item.parent in frontier} - set(members)
            members += sorted(frontier)
        return members

    def services_of(self, repos: Collection[str]) -> list[str]:
        """Services that one of the repositories belongs to."""
        return [item.key for item in self.of_kind("service") if set(item.related) & set(repos)]

    def teams_of(self, projects: Collection[str]) -> list[str]:
        """Teams that one of the projects belongs to."""
        return [item.key for item in self.of_kind("team") if set(item.related) & set(projects)]


def names_of(items: Iterable[Named]) -> Names:
    """Names from a list, for tests and for stores read elsewhere."""
    return Names(tuple(items))


async def load_names(connection: AsyncConnection, *, epics: bool = True) -> Names:
    """All names of the store, in one statement; without epics it reads small tables only."""
    rows = await connection.execute(text(_SQL + (_EPICS if epics else "")))
    return Names(tuple(Named(row.kind, row.key, row.name, row.parent, tuple(row.related or ())) for row in rows))
