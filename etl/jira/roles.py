"""What Pulse uses which Jira field for, found by the field's schema and name: ids differ from site to site."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import NamedTuple

from store.config import PulseConfig, folded

SYSTEM_ROLES = {
    "assignee": "assignee",
    "reporter": "reporter",
    "priority": "priority",
    "resolution": "resolution",
    "issuetype": "type",
    "fixVersions": "fix_version",
    "duedate": "due_date",
    "labels": "labels",
    "components": "component",
    "parent": "parent",
    "summary": "title",
    "project": "project",
    "Key": "key",
}
"""System fields by id (Data Center's history writes no ids, so names are tried as well)."""
_SYSTEM_NAMES = {
    "issueparentassociation": "parent",
    "fix version": "fix_version",
    "fixversions": "fix_version",
    "parent": "parent",
    "key": "key",
    "issuetype": "type",
    "component": "component",
}

_SCHEMAS = {
    "story_points": ("com.pyxis.greenhopper.jira:jsw-story-points",),
    "sprint": ("com.pyxis.greenhopper.jira:gh-sprint",),
    "epic_link": ("com.pyxis.greenhopper.jira:gh-epic-link",),
    "team": ("com.atlassian.jira.plugin.system.customfieldtypes:atlassian-team", "com.atlassian.teams:rm-teams-custom-field-team"),
    "parent_link": ("com.atlassian.jpo:jpo-custom-field-parent",),
    "target_date": ("com.atlassian.jpo:jpo-custom-field-baseline-end",),
}
_NAMES = {
    "flagged": ("Flagged",),
    "work_class": ("Work class", "Work category", "Investment category"),
    "impact_start": ("Impact start", "Impact started", "Incident start"),
    "impact_end": ("Impact end", "Impact ended", "Incident end"),
    "service": ("Affected service", "Affected services", "Service"),
    "cause": ("Root cause", "Cause", "Incident cause"),
    "severity": ("Severity", "Incident severity"),
    "caused_by": ("Caused by", "Caused by deployment", "Causing change"),
}
"""Names looked for when pulse.yaml gives none."""


class Field(NamedTuple):
    """A Jira field as far as its use depends on it."""

    id: str
    name: str
    schema_custom: str | None
    schema_type: str | None = None
    original_name: str | None = None

    def is_called(self, name: str) -> bool:
        """Whether `name` is its id, its name or its name before translation."""
        return self.id == name or folded(name) in {folded(self.name), folded(self.original_name or self.name)}

    @property
    def holds_users(self) -> bool:
        """Whether its values are accounts."""
        return self.schema_type in ("user", "array of user")


@dataclass(frozen=True)
class Roles:
    """Fields by role, best first, and the role of each field."""

    fields: Mapping[str, tuple[str, ...]]
    by_field: Mapping[str, str]

    answers: dict[tuple[str | None, str], str] = dataclass_field(default_factory=dict, compare=False, repr=False)
    """Answers given before: histories name the same few fields again and again."""

    def of_change(self, field_id: str | None, name: str) -> str:
        """The role a changed field plays, else Jira's own name of it."""
        found = self.answers.get((field_id, name))
        if found is None:
            found = self.answers[field_id, name] = self._find(field_id, name)
        return found

    def _find(self, field_id: str | None, name: str) -> str:
        if field_id and field_id in self.by_field:
            return self.by_field[field_id]
        return (
            SYSTEM_ROLES.get(field_id or "")
            or _SYSTEM_NAMES.get(name.casefold())
            or self.by_field.get(folded(name))
            or SYSTEM_ROLES.get(name)
            or name
        )


def find_roles(fields: Iterable[Field], config: PulseConfig) -> Roles:
    """Which of `fields` play which role: names and ids of pulse.yaml first, then the schema, then customary names."""
    known = sorted(fields, key=lambda field: (len(field.id), field.id))
    wanted = _wanted_names(config)
    found = {role: _candidates(role, names, known) for role, names in wanted.items()}
    return Roles({role: ids for role, ids in found.items() if ids}, _by_field(found, known))


def _wanted_names(config: PulseConfig) -> dict[str, tuple[str, ...]]:
    told = {role: tuple(names) for role, names in config.jira.fields.model_dump().items()}
    incident = {role: (name,) for role, name in config.incidents.fields.model_dump().items() if name}
    schemas_only: dict[str, tuple[str, ...]] = dict.fromkeys(_SCHEMAS, ())
    return {**schemas_only, **_NAMES, **told, **incident}


def _candidates(role: str, names: Iterable[str], fields: list[Field]) -> tuple[str, ...]:
    by_name = [field.id for name in names for field in fields if field.is_called(name)]
    by_schema = [field.id for schema in _SCHEMAS.get(role, ()) for field in fields if field.schema_custom == schema]
    return tuple(dict.fromkeys(by_name + by_schema))


def _by_field(found: Mapping[str, tuple[str, ...]], fields: list[Field]) -> dict[str, str]:
    names = {field.id: field.name for field in fields}
    roles: dict[str, str] = {}
    for role, ids in found.items():
        for field_id in ids:
            public = "epic" if role in ("epic_link", "parent_link") else role
            roles.setdefault(field_id, SYSTEM_ROLES.get(field_id, public))
            roles.setdefault(folded(names[field_id]), roles[field_id])
    return roles
