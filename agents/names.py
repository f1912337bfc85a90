"""Names that questions may use: teams, services, repositories, projects, epics, as the store knows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Names:
    """Keys of everything that can be named. `teams`, `services` and `epics` map the key to its title; `projects` to its team, if any."""

    teams: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)
    repos: Sequence[str] = ()
    projects: Mapping[str, str | None] = field(default_factory=dict)
    epics: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Metric id to its title and synonyms, so that the catalogue's own words are understood."""
    dimensions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Metric id to the dimensions it can be cut by; empty when unknown."""

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Names":
        """Read the `pulse://names` resource of the metrics server."""
        return cls(
            teams={t["key"]: t.get("name") or t["key"] for t in document.get("teams", [])},
            services={s["key"]: s.get("name") or s["key"] for s in document.get("services", [])},
            repos=[r if isinstance(r, str) else r.get("name") or r["full_name"] for r in document.get("repos", [])],
            projects={p["key"]: p.get("team") for p in document.get("projects", [])},
            epics={e["key"]: e.get("title") or e["key"] for e in document.get("epics", [])},
        )

    def places(self) -> list[str]:
        """Everything that a question may name beside persons: teams, services and repositories."""
        return [*self.teams, *self.services, *(r.rsplit("/", 1)[-1] for r in self.repos)]

    def known(self, kind: str) -> list[str]:
        """The names of one kind, for a question back."""
        listed: dict[str, Sequence[str]] = {
            "team": list(self.teams),
            "service": list(self.services),
            "repo": [r.rsplit("/", 1)[-1] for r in self.repos],
            "project": list(self.projects),
            "epic": list(self.epics),
        }
        return sorted(listed.get(kind, []))
