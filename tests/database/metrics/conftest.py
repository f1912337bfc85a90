"""A small company, fully synced, for questions to the engine."""

from datetime import UTC, datetime

import pytest
from measuring import NOW
from sqlalchemy import insert

from store.database import Database
from store.settings import Settings
from store.tables.code import repository, service
from store.tables.people import team
from store.tables.raw import checkpoint


@pytest.fixture
async def company(db: Database, settings: Settings) -> Database:
    """Teams core and its children web and api, fully synced sources, and the clock at the end of April."""
    settings.pulse_now = NOW
    entities = ("github.pull_requests", "github.deployments", "jira.issues")
    common = {"scope": "all", "complete_to_at": NOW, "covered_from_at": datetime(2025, 1, 1, tzinfo=UTC), "updated_at": NOW}
    async with db.begin() as connection:
        await connection.execute(insert(checkpoint), [{"site": name.split(".")[0], "entity": name} | common for name in entities])
        parents = {"core": None, "web": "team:core", "api": "team:core", "apps": None}
        rows = [
            {"id": f"team:{key}", "key": key, "name": key.title(), "parent_team_id": up, "source": "yaml"} for key, up in parents.items()
        ]
        await connection.execute(insert(team), rows)
        await connection.execute(insert(service), [{"id": f"service:{key}", "key": key, "name": key} for key in ("shop", "pay-api")])
        await connection.execute(insert(repository), [{"id": "r1", "site": "x", "full_name": "acme/shop", "name": "shop"}])
    return db
