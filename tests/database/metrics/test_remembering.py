"""The same question on the same data is answered from memory; a refresh of the facts makes everybody look again."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text

from etl.derive.refresh import refresh
from servers.metrics.engine import measure
from servers.metrics.question import Question
from servers.metrics.remembering import CACHES, read, written
from store.cache import RedisCache
from store.database import Database
from store.settings import Settings

SEEN = """
insert into checkpoint (site, entity, scope, covered_from_at, complete_to_at, updated_at)
select 'github', e, 'x', '2025-01-01', '2026-04-20', now() from unnest(array['github.pull_requests', 'github.deployments']) e;
insert into fact_deployment (id, service, kind, finished_at) values ('d1', 'web', 'change', '2026-04-01'), ('d2', 'web', 'change', '2026-04-02')
"""


def test_values_come_back_as_they_were() -> None:
    """Decimals, instants and days are told from texts."""
    rows = [
        {"a": Decimal("1.50"), "b": datetime(2026, 1, 2, 3, 4, 5, 6, UTC), "c": date(2026, 1, 2), "d": [0.1, None, "x"], "e": {"f": True}}
    ]
    assert read(written(rows)) == rows


@pytest.mark.timeout(180)
@pytest.mark.parametrize("kept", ["memory", "redis"])
async def test_a_question_is_answered_from_memory_until_the_next_refresh(
    request: pytest.FixtureRequest, db: Database, settings: Settings, kept: str
) -> None:
    """What somebody deletes by hand shows only after the facts were derived again."""
    settings = settings.model_copy(update={"pulse_now": datetime(2026, 4, 20, tzinfo=UTC)})
    if kept == "redis":
        CACHES[db.engine] = RedisCache(request.getfixturevalue("redis_url"), timeout_s=30)  # a busy machine may let Redis wait
    question = Question("deployment_frequency", "last_30_days", grain="total")
    await refresh(db, settings)
    async with db.begin() as connection:
        for statement in SEEN.split(";"):
            await connection.execute(text(statement))
    first = (await measure(db, settings, question)).document()
    async with db.begin() as connection:
        await connection.execute(text("delete from fact_deployment where id = 'd1'"))
    assert (await measure(db, settings, question)).document() == first
    await refresh(db, settings)
    assert (await measure(db, settings, question)).n == first["n"] - 1
