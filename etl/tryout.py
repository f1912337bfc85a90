"""A job tried by hand: one page of one entity read from the source and parsed; nothing is stored."""

from collections.abc import Callable
from typing import Any

from etl.catalogue import Declared, declared, entity_of
from etl.connections import connections
from etl.entity import LearningClient, Page, Parsing, Position, Source
from etl.parsing import parse_records
from etl.scopes import must_be_stored, scopes_of
from store.database import Database
from store.errors import ConfigurationError, NotCovered
from store.settings import Settings


async def try_entity(
    settings: Settings,
    db: Database,
    source: Source,
    name: str,
    *,
    scope: str | None = None,
    declared: Callable[[Source], Declared] = declared,
) -> dict[str, Any]:
    """Read the first page of an entity, of the first scope or the one named, and say what would become of it.

    Raises:
        ConfigurationError: the source is not configured.
        InvalidQuestion: there is no such entity.
        NotFound: the scope is no repository or project.
        NotCovered: what it is read for is not stored yet.
    """
    found = await connections(settings, db, [source], declared)
    if not found:
        raise ConfigurationError(f"No {source} is configured; `pulse config show` prints what is set.")
    one, known = found[0], declared(source)
    entity = entity_of(known, name)
    async with db.connect() as connection:
        lookups = await known.connector.lookups(connection, one.settings, one.site)
        await must_be_stored(connection, {scope.casefold()} if scope else (), {source})
        scopes = await scopes_of(connection, entity, one.site, frozenset({scope.casefold()}) if scope else frozenset())
    if not scopes:
        raise NotCovered(f"{entity.name} is read for each {entity.scope}, and none is stored yet; `pulse sync {source}` reads them first.")
    async with known.connector.connect(one.settings) as client:
        if isinstance(client, LearningClient):
            client.learn(lookups)
        page = await anext(aiter(entity.pages(client, scopes[0], Position())), Page([], None))
    parsed = parse_records(entity, Parsing(one.site, scopes[0], lookups), page.records)
    return {
        "entity": entity.name,
        "scope": scopes[0].name,
        "records": len(page.records),
        "more": page.next_cursor is not None,
        "rows": {table: len(rows) for table, rows in parsed.rows.items()},
        "set_aside": [{"index": one.index, "reason": one.reason} for one in parsed.rejected],
        "first": {table: rows[0] for table, rows in parsed.rows.items() if rows},
    }
