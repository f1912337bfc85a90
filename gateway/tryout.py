"""Jobs tried by hand, for the command line."""

from typing import Any

from etl.catalogue import entities as declared_entities
from etl.entity import Source
from etl.tryout import try_entity
from gateway.doctor import examine_source
from gateway.upstream import upstream
from store.database import open_database
from store.settings import Settings


def entities(source: Source) -> list[str]:
    """What can be tried of a source, in the order of a sync."""
    return [one.name for one in declared_entities(source)]


async def connection(settings: Settings, source: Source) -> list[dict[str, Any]]:
    """Whether a source answers and accepts the credentials."""
    async with upstream(settings) as served:
        return [one.as_dict() for one in await examine_source(served, source)]


async def entity(settings: Settings, source: Source, name: str, scope: str | None) -> dict[str, Any]:
    """One page of one entity, and what would become of it."""
    async with upstream(settings) as served, open_database(served, role="app") as db:
        return await try_entity(served, db, source, name, scope=scope)
