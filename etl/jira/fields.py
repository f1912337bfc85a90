"""Fields and what Pulse uses each for."""

from collections.abc import AsyncIterator

from etl.entity import Entity, Page, Parsing, Position, Raw, Rows, Scope
from etl.jira.client import FRESH_S, JiraClient
from etl.jira.lookups import field_facts, lookups_of
from etl.jira.roles import Field, find_roles
from etl.jira.values import external_id
from store.config import PulseConfig


async def pages(client: JiraClient, _scope: Scope, _position: Position) -> AsyncIterator[Page]:
    """All fields in one answer."""
    yield await client.whole(f"{client.api}/field")


def parse(parsing: Parsing, raw: Raw) -> Rows:
    """The field with its role, if it has one."""
    external_id(raw)
    found = field_facts(raw)
    return {
        "field": [
            {
                "id": f"{parsing.site}:field:{found.id}",
                "site": parsing.site,
                "external_id": found.id,
                "name": found.name,
                "original_name": found.original_name,
                "schema_type": found.schema_type,
                "schema_custom": found.schema_custom,
                "role": _role(found, parsing),
                "custom": bool(raw.get("custom")),
            }
        ]
    }


def _role(found: Field, parsing: Parsing) -> str | None:
    config = PulseConfig(jira=lookups_of(parsing).jira, incidents=lookups_of(parsing).incidents)
    role = find_roles([found], config).of_change(found.id, found.name)
    return None if role == found.name else role


fields = Entity(
    name="jira.fields",
    scope="site",
    tables=("field",),
    pages=pages,
    parse=parse,
    external_id=external_id,
    incremental=False,
    refresh_s=FRESH_S,
)
