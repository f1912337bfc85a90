"""What a Jira parser must know beside the record: field roles, status categories, and which rows the store has already."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from etl.entity import Parsing, Raw
from etl.jira.roles import Field, Roles, find_roles
from store.config import Incidents, Jira, PulseConfig, StatusMapping, TypeMapping, folded
from store.settings import Settings
from store.tables.people import identity
from store.tables.raw import raw_record
from store.tables.work import board, project, sprint, status
from store.tables.work import field as field_table

CATEGORIES = {
    "new": "todo",
    "indeterminate": "in_progress",
    "done": "done",
    "undefined": "todo",
    "TODO": "todo",
    "IN_PROGRESS": "in_progress",
    "DONE": "done",
}
"""Jira's status categories, by key and by the words of the newer status API."""
SPRINT_ORDER = {"future": 0, "active": 1, "closed": 2}
_WAITING = re.compile(r"blocked|waiting|on hold|ready for|to review|pending|queue|backlog", re.IGNORECASE)
_DONE_NAMES = re.compile(r"^(done|closed|resolved|completed?|cancell?ed|released|rejected|won'?t (do|fix))$", re.IGNORECASE)
_TODO_NAMES = re.compile(
    r"^(to ?do|open|new|backlog|inbox|created|reopened|selected for development|ready for dev(elopment)?)$", re.IGNORECASE
)


_AS_JIRA_SAYS, _STATUS_AS_JIRA_SAYS = TypeMapping(), StatusMapping()


class Status(NamedTuple):
    """A status as it is read today (R11)."""

    category: str
    kind: str | None


@dataclass(frozen=True)
class Span:
    """When a sprint started and was completed, as far as it has."""

    started_at: datetime | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True)
class Lookups:
    """All of it; `known_*` are ids already stored, whose rows an issue need not repeat."""

    roles: Roles
    fields: Mapping[str, Field]
    statuses: Mapping[str, Status]
    statuses_by_name: Mapping[str, Status]
    types: Mapping[str, int]
    """Hierarchy level by id of the issue type."""
    jira: Jira
    incidents: Incidents
    zone: tzinfo
    """The zone of the organisation: days begin at its midnight."""
    known_users: frozenset[str] = frozenset()
    known_projects: frozenset[str] = frozenset()
    sprint_states: Mapping[str, str] = field(default_factory=dict)
    sprint_spans: Mapping[str, Span] = field(default_factory=dict)
    linked_incidents: Mapping[str, datetime] = field(default_factory=dict)
    """Jira's ids of incidents with links to the world outside, and when the last of these changed."""
    board_ids: tuple[str, ...] = ()
    project_keys: tuple[str, ...] = ()
    time_zone: str | None = None
    """The zone of the account Pulse reads with: JQL understands times in it."""
    categories: dict[tuple[str, str], str] = field(default_factory=dict, compare=False, repr=False)
    """Answers given before: issues name the same few statuses again and again."""

    def category_of(self, name: str, category: str) -> str:
        """Jira's category of a status, unless pulse.yaml says otherwise."""
        if not self.jira.statuses:
            return category
        found = self.categories.get((name, category))
        if found is None:
            found = self.categories[name, category] = read_status(name, category, self.jira).category
        return found

    def status_of(self, status_id: str | None, name: str | None) -> Status:
        """How a status of the history is read: by its id, then its name, then what the words suggest (it may be deleted long since)."""
        found = self.statuses.get(status_id or "")
        found = found or self.statuses_by_name.get(folded(name or ""))
        return found or read_status(name or "", _category_by_words(name or ""), self.jira)

    def type_mapping(self, name: str | None) -> TypeMapping:
        """What pulse.yaml says about an issue type."""
        if not self.jira.types:
            return _AS_JIRA_SAYS
        return next((mapping for wanted, mapping in self.jira.types.items() if folded(wanted) == folded(name or "")), _AS_JIRA_SAYS)


def read_status(name: str, category: str, jira: Jira) -> Status:
    """A status by Jira's category, unless pulse.yaml says otherwise; in progress it is waiting or active by its name."""
    told = next((mapping for wanted, mapping in jira.statuses.items() if folded(wanted) == folded(name)), _STATUS_AS_JIRA_SAYS)
    real = told.category or category
    by_name = ("waiting" if _WAITING.search(name) else "active") if real == "in_progress" else None
    return Status(real, told.kind or by_name)


def _category_by_words(name: str) -> str:
    if _DONE_NAMES.match(name.strip()):
        return "done"
    return "todo" if not name or _TODO_NAMES.match(name.strip()) else "in_progress"


def lookups_of(parsing: Parsing) -> Lookups:
    """The lookups of one parse; those of a site of which nothing is known yet when none were given."""
    found = parsing.lookups.get("jira")
    return found if isinstance(found, Lookups) else make_lookups(PulseConfig(), (), ())


def make_lookups(config: PulseConfig, fields: Iterable[Field], statuses: Iterable[tuple[str, str, str]], **rest: Any) -> Lookups:
    """Lookups from fields and statuses (id, name, category); `rest` fills the other members."""
    known = tuple(fields)
    read = {status_id: (name, read_status(name, category, config.jira)) for status_id, name, category in statuses}
    return Lookups(
        roles=find_roles(known, config),
        fields={item.id: item for item in known},
        statuses={status_id: found for status_id, (_, found) in read.items()},
        statuses_by_name={folded(name): found for name, found in read.values()},
        jira=config.jira,
        incidents=config.incidents,
        zone=ZoneInfo(rest.pop("timezone", None) or config.org.timezone),
        **{"types": {}, **rest},
    )


def lookups_from(config: PulseConfig, context: Iterable[Raw]) -> dict[str, Any]:
    """`Parsing.lookups` from recorded statuses, fields and issue types, told apart by their members."""
    fields, statuses, types = [], [], {}
    for raw in context:
        if "statusCategory" in raw:
            statuses.append(status_facts(raw))
        elif "schema" in raw or "clauseNames" in raw:
            fields.append(field_facts(raw))
        elif "hierarchyLevel" in raw:
            types[str(raw.get("id"))] = int(raw["hierarchyLevel"])
    return {"jira": make_lookups(config, fields, statuses, types=types)}


def status_facts(raw: Raw) -> tuple[str, str, str]:
    """Id, name and category (todo, in_progress or done) of a status."""
    category = raw.get("statusCategory")
    key = category.get("key") if isinstance(category, Mapping) else category
    return str(raw.get("id")), str(raw.get("name") or ""), CATEGORIES.get(str(key), "todo")


def field_facts(raw: Raw) -> Field:
    """What decides the use of a field."""
    schema = raw.get("schema") or {}
    kind = f"array of {schema.get('items')}" if schema.get("type") == "array" else schema.get("type")
    return Field(str(raw["id"]), str(raw.get("name") or raw["id"]), schema.get("custom"), kind, raw.get("untranslatedName"))


async def load_lookups(connection: AsyncConnection, settings: Settings, site: str) -> dict[str, Any]:
    """`Parsing.lookups` of a site from the store and pulse.yaml."""
    fields = [
        Field(row.external_id, row.name, row.schema_custom, row.schema_type, row.original_name)
        for row in await connection.execute(select(field_table).where(field_table.c.site == site))
    ]
    statuses = [(row.external_id, row.name, row.category) for row in await connection.execute(select(status).where(status.c.site == site))]
    users = await connection.scalars(select(identity.c.external_id).where(identity.c.site == site))
    sprints = list(await connection.execute(select(sprint).where(sprint.c.site == site)))
    boards = await connection.scalars(
        select(board.c.external_id).where(board.c.site == site, board.c.type != "kanban").order_by(board.c.external_id)
    )
    projects = list(
        await connection.execute(
            select(project.c.id, project.c.key, project.c.deleted_at)
            .where(project.c.site == site, project.c.source == "jira")
            .order_by(project.c.key)
        )
    )
    made = make_lookups(
        settings.pulse,
        fields,
        statuses,
        timezone=settings.pulse_timezone,
        known_users=frozenset(users),
        known_projects=frozenset(row.id for row in projects),
        project_keys=tuple(row.key for row in projects if row.deleted_at is None),
        sprint_states={row.external_id: row.state for row in sprints},
        sprint_spans={row.external_id: Span(row.started_at, row.completed_at) for row in sprints},
        linked_incidents=await _linked_incidents(connection, site, settings.pulse.incidents),
        board_ids=tuple(boards),
        time_zone=await _account_zone(connection, site),
    )
    return {"jira": made}


_LINKED_INCIDENTS = text(
    """
    select split_part(issue.id, ':issue:', 2), max(change.at)
    from issue_field_change change join issue on issue.id = change.issue_id
    where change.field = 'RemoteIssueLink' and issue.site = :site and issue.deleted_at is null
      and (regexp_replace(lower(issue.type), '[[:space:]_-]+', '', 'g') = any(cast(:types as text[]))
        or exists (select 1 from unnest(issue.labels) label where regexp_replace(lower(label), '[[:space:]_-]+', '', 'g') = any(cast(:labels as text[]))))
    group by 1
    """
)


async def _linked_incidents(connection: AsyncConnection, site: str, rules: Incidents) -> dict[str, datetime]:
    wanted = {"types": [folded(name) for name in rules.jira_types], "labels": [folded(name) for name in rules.jira_labels]}
    return {row[0]: row[1] for row in await connection.execute(_LINKED_INCIDENTS, {"site": site, **wanted})}


async def _account_zone(connection: AsyncConnection, site: str) -> str | None:
    payload = await connection.scalar(select(raw_record.c.payload).where(raw_record.c.site == site, raw_record.c.entity == "jira.account"))
    zone = payload.get("timeZone") if isinstance(payload, Mapping) else None
    return str(zone) if zone else None
