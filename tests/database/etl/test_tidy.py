"""What is deleted by age, and what is not."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from etl.jobs.tidy import delete_by_age
from store.clock import wall_clock
from store.config import Retention
from store.database import Database
from store.tables.operations import run_log, sync_run, sync_run_entity, webhook_delivery
from store.tables.raw import raw_record


def _days_ago(days: int) -> Any:
    return wall_clock() - timedelta(days=days)


async def test_old_records_go_but_the_last_success_of_a_source_stays(db: Database) -> None:
    """A source that was read long ago and never since still counts as read."""
    async with db.begin() as connection:
        runs = [("a", "github", 500, "ok"), ("b", "github", 450, "ok"), ("c", "github", 440, "failed"), ("d", "jira", 1, "ok")]
        await connection.execute(
            insert(sync_run),
            [
                {"id": name, "source": source, "mode": "full", "requested_at": _days_ago(days), "status": status}
                for name, source, days, status in runs
            ],
        )
        await connection.execute(insert(sync_run_entity), [{"run_id": name, "source": "github", "entity": "x"} for name in "ab"])
        await connection.execute(
            insert(run_log), [{"run_id": "a", "at": _days_ago(days), "level": "info", "message": f"{days}"} for days in (91, 89)]
        )
        await connection.execute(
            insert(webhook_delivery), [{"source": "github", "delivery": str(days), "received_at": _days_ago(days)} for days in (31, 29)]
        )
        raw = {"site": "github", "entity": "github.tags", "payload": {}, "payload_hash": "", "fetched_at": _days_ago(900)}
        gone = [("alive", None), ("gone lately", _days_ago(399)), ("gone long since", _days_ago(401))]
        await connection.execute(insert(raw_record), [raw | {"external_id": name, "deleted_at": at} for name, at in gone])
    deleted = await delete_by_age(db, Retention().model_dump())
    assert deleted == {
        "run_log": 1,
        "sync_run": 1,
        "sync_run_entity": 1,
        "webhook_delivery": 1,
        "raw_record": 1,
        "fact_revision": 0,
        "jobs": 0,
    }
    async with db.connect() as connection:
        assert sorted(await connection.scalars(select(sync_run.c.id))) == ["b", "c", "d"]
