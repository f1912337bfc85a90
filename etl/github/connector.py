"""GitHub as a source."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from etl.entity import Connector, Raw
from etl.github.client import connect
from etl.github.shapes import record, repository_name
from store.config import PulseConfig
from store.settings import LOOPBACK_HOSTS, Settings
from store.tables.code import repository

PUBLIC_HOST = "api.github.com"


def site(settings: Settings) -> str:
    """`github`; for an Enterprise Server its host too, so that ids of two servers never meet."""
    if settings.site:
        return settings.site
    host = urlsplit(settings.github_api_url).hostname or PUBLIC_HOST
    return "github" if host == PUBLIC_HOST or host in LOOPBACK_HOSTS else f"github@{host}"


def configured(settings: Settings) -> bool:
    """Whether there are credentials and an organisation to read."""
    return bool(settings.github_org) and (settings.github_token is not None or settings.github_app_id is not None)


async def lookups(connection: AsyncConnection, _settings: Settings, site: str) -> Mapping[str, Any]:
    """Ids of repositories by name, for records that only name theirs, names by id: those of today, whatever a record says; signs of change."""
    known = select(repository.c.full_name, repository.c.id, repository.c.activity).where(repository.c.site == site)
    rows = (await connection.execute(known)).all()
    return {
        "repositories": {row.full_name: row.id for row in rows},
        "names": {row.id: row.full_name for row in rows},
        "activity": {row.full_name: row.activity or {} for row in rows},
    }


def sample_lookups(_config: PulseConfig, context: Iterable[Raw]) -> Mapping[str, Any]:
    """Ids of pull requests by repository and number, from recorded pull requests."""
    pulls = {}
    for raw in context:
        if isinstance(raw, dict) and "base" in raw and "number" in raw:
            pulls[(repository_name(record(raw)) or "", raw["number"])] = raw["id"]
    return {"pulls": pulls}


CONNECTOR = Connector(source="github", site=site, configured=configured, connect=connect, lookups=lookups, sample_lookups=sample_lookups)
