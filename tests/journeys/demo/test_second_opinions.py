"""Metrics on the demo company against SQL written by hand, mostly over the rows as synced."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from servers.metrics.engine import measure
from servers.metrics.question import Question
from store.clock import Window
from store.database import open_database
from store.settings import Settings

FOLDER = Path(__file__).parents[2] / "database" / "metrics"
CHECKS = sorted(FOLDER.glob("*.sql"))
SPRINT_ITEMS = (FOLDER / "shared" / "sprint_items.sql").read_text(encoding="utf-8")
"""What the statements about sprints begin with."""
FILTERS = {"sprint_velocity": {"team": "payments"}}
"""Metrics that are about one team only."""
QUARTER = Window(datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("check", CHECKS, ids=lambda path: path.stem)
async def test_a_metric_agrees_with_sql_written_by_hand(check: Path, demo_settings: Settings) -> None:
    """Two ways to the same number: the declared metric, and a statement that shares nothing with the engine."""
    statement = check.read_text(encoding="utf-8").replace("{sprint_items}", SPRINT_ITEMS)
    async with open_database(demo_settings, role="app") as db:
        found = await measure(db, demo_settings, Question(check.stem, window=QUARTER, filters=FILTERS.get(check.stem, {})))
        async with db.connect() as connection:
            expected = await connection.scalar(text(statement), {"from": QUARTER.start, "to": QUARTER.end})
    assert found.status == "ok"
    assert found.value == pytest.approx(expected if isinstance(expected, dict) else float(expected))
