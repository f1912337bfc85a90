"""An improvement that vanishes without the records that made it is said to be one, with the records."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from servers.metrics.engine import measure
from servers.metrics.question import Question
from servers.metrics.result import Result
from store.database import Database
from store.settings import Settings
from store.tables.facts import fact_change, fact_deployment, fact_epic, fact_incident, fact_issue, fact_pull_request
from store.tables.history import fact_revision
from store.tables.raw import checkpoint
from store.tables.work import issue_field_change

NOW = datetime(2026, 4, 15, tzinfo=UTC)
FEBRUARY, MARCH = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
async def store(db: Database, settings: Settings) -> Database:
    """Sources read from the beginning of the year to the middle of April."""
    settings.pulse_now = NOW
    entities = ("github.pull_requests", "github.deployments", "jira.issues")
    common = {"scope": "all", "complete_to_at": NOW, "covered_from_at": datetime(2026, 1, 1, tzinfo=UTC), "updated_at": NOW}
    await add(db, checkpoint, [{"site": name.split(".")[0], "entity": name} | common for name in entities])
    return db


async def add(db: Database, table: Any, rows: list[dict[str, Any]]) -> None:
    """Store rows; every row names all columns that any of them names."""
    columns = {name for row in rows for name in row}
    async with db.begin() as connection:
        await connection.execute(insert(table), [{name: row.get(name) for name in columns} for row in rows])


async def march(db: Database, settings: Settings, metric: str) -> Result:
    """The metric in March against February."""
    return await measure(db, settings, Question(metric, "2026-03", compare="2026-02", grain="total"))


def deployments(begin: datetime, count: int, name: str, **more: Any) -> list[dict[str, Any]]:
    """So many deployments, one every six hours."""
    times = [begin + timedelta(hours=6 * number) for number in range(count)]
    common = {"kind": "change", "service": "shop", "failed": False, "pr_count": 1}
    return [common | {"id": f"{name}{n:03d}", "finished_at": at, "started_at": at} | more for n, at in enumerate(times)]


async def test_more_deployments_that_ship_nothing_are_no_better_frequency(store: Database, settings: Settings) -> None:
    """20 deployments in each month carry a change; the 40 more of March carry none, and are listed."""
    real = deployments(FEBRUARY, 20, "feb") + deployments(MARCH, 20, "mar")
    await add(store, fact_deployment, real + deployments(MARCH + timedelta(days=10), 40, "void", pr_count=0))
    await add(store, fact_change, [{"id": f"c{row['id']}", "deployment_id": row["id"], "deployed_at": row["finished_at"]} for row in real])
    found = await march(store, settings, "deployment_frequency")
    assert found.alarms is not None
    (alarm,) = found.alarms
    assert (alarm["alarm"], alarm["count"], alarm["before"], len(alarm["records"])) == ("empty_deployments", 40, 0, 20)
    assert alarm["without"] == pytest.approx(20 / (31 / 7))
    assert "40 of 60 are deployments that ship no change (before: 0 of 20)" in found.warnings[-1]


async def test_an_alarm_of_a_past_answer_names_what_was_known_then(store: Database, settings: Settings) -> None:
    """A deployment and an epic that became known after the day that was asked about are no part of what stands beside the answers of that day."""
    early, late = datetime(2026, 4, 2, tzinfo=UTC), datetime(2026, 4, 10, tzinfo=UTC)
    real = deployments(FEBRUARY, 20, "feb") + deployments(MARCH, 20, "mar")
    void = deployments(MARCH + timedelta(days=10), 40, "void", pr_count=0)
    await add(store, fact_deployment, real + void + deployments(MARCH, 1, "added", pr_count=0))
    await add(store, fact_change, [{"id": f"c{row['id']}", "deployment_id": row["id"], "deployed_at": row["finished_at"]} for row in real])
    epics = [{"id": f"e{n}", "key": f"E-{n}", "created_at": FEBRUARY, "cod_per_week": 10.0 * n} for n in (1, 2)]
    await add(store, fact_epic, [row | {"cancelled": False} for row in epics])
    begun = {"at": FEBRUARY, "fact": "", "entity": "", "row_key": ""}
    new = [
        {"at": late, "fact": name, "entity": key, "row_key": key} for name, key in (("fact_deployment", "added000"), ("fact_epic", "e2"))
    ]
    async with store.begin() as connection:
        await connection.execute(insert(fact_revision), [begun, *new])
    then = await measure(store, settings, Question("deployment_frequency", "2026-03", compare="2026-02", grain="total", as_of=early))
    now = await march(store, settings, "deployment_frequency")
    assert [(alarm["count"], alarm["records"][0]["label"]) for found in (now, then) for alarm in found.alarms or []] == [
        (41, "added000"),
        (40, "void000"),
    ]
    queues = [(await measure(store, settings, Question("cost_of_delay", as_of=moment))).document()["queue"] for moment in (None, early)]
    assert [[entry["epic"] for entry in queue] for queue in queues] == [["E-1", "E-2"], ["E-1"]]


async def test_more_deployments_with_changes_raise_no_alarm(store: Database, settings: Settings) -> None:
    """The same rise with work behind it is an improvement."""
    real = deployments(FEBRUARY, 20, "feb") + deployments(MARCH, 60, "mar")
    await add(store, fact_deployment, real)
    await add(store, fact_change, [{"id": f"c{row['id']}", "deployment_id": row["id"], "deployed_at": row["finished_at"]} for row in real])
    found = await march(store, settings, "deployment_frequency")
    assert (found.compare.verdict if found.compare else None, found.alarms) == ("better", None)


def pulls(begin: datetime, count: int, name: str, every_h: float, lines: int) -> list[dict[str, Any]]:
    """So many merged pull requests of one author."""
    times = [begin + timedelta(hours=every_h * number) for number in range(count)]
    who = {"repo_id": "r1", "author_id": "u1", "author_type": "human", "state": "merged", "labels": [], "size_lines": lines}
    return [who | {"id": f"{name}{n}", "number": n, "merged_at": at, "created_at": at} for n, at in enumerate(times)]


async def test_one_change_in_slices_is_no_smaller_change(store: Database, settings: Settings) -> None:
    """In March most pull requests are slices of ten lines within hours; without them size is as before."""
    whole = pulls(FEBRUARY, 12, "feb", 48, 300) + pulls(MARCH, 10, "mar", 48, 300)
    await add(store, fact_pull_request, whole + pulls(MARCH + timedelta(days=25), 20, "slice", 1, 10))
    found = await march(store, settings, "pr_size")
    assert [(alarm["alarm"], alarm["count"], alarm["without"]) for alarm in found.alarms or []] == [("split_pull_requests", 18, 300.0)]


def items(begin: datetime, count: int, name: str, every: timedelta) -> list[dict[str, Any]]:
    """So many finished items."""
    common = {"project": "PAY", "level": "item", "cancelled": False, "labels": [], "components": []}
    made = {"created_at": datetime(2026, 1, 5, tzinfo=UTC)}
    return [common | made | {"id": f"{name}{n}", "key": f"{name}-{n}", "done_at": begin + every * n} for n in range(count)]


async def test_a_tidied_backlog_is_no_throughput(store: Database, settings: Settings) -> None:
    """30 items closed within a minute are a clean-up: without them March is like February."""
    usual = items(FEBRUARY, 20, "A", timedelta(days=1)) + items(MARCH, 21, "B", timedelta(days=1))
    await add(store, fact_issue, usual + items(MARCH + timedelta(days=28), 30, "C", timedelta(seconds=2)))
    found = await march(store, settings, "throughput")
    assert [(alarm["alarm"], alarm["count"], alarm["without"]) for alarm in found.alarms or []] == [("bulk_closing", 30, 21)]
    assert "without them it would be 21 items instead of 51 items, no clear change" in found.warnings[-1]


async def test_incidents_that_were_made_bugs_are_counted_beside_the_fall(store: Database, settings: Settings) -> None:
    """Twelve incidents in February, six in March, and five that were retyped afterwards: with them nothing fell."""
    trouble = [{"id": f"i{n}", "started_at": FEBRUARY + timedelta(days=n)} for n in range(12)]
    await add(store, fact_incident, trouble + [{"id": f"j{n}", "started_at": MARCH + timedelta(days=n)} for n in range(6)])
    hidden = [
        {"id": f"h{n}", "key": f"PAY-{n}", "level": "item", "created_at": MARCH + timedelta(days=n), "cancelled": False} for n in range(5)
    ]
    await add(store, fact_issue, [row | {"labels": [], "components": []} for row in hidden])
    retyped = {"field": "issuetype", "old": "Incident", "new": "Bug"}
    await add(store, issue_field_change, [retyped | {"id": f"t{row['id']}", "issue_id": row["id"], "at": NOW} for row in hidden])
    found = await march(store, settings, "incident_count")
    assert [(alarm["alarm"], alarm["count"], alarm["without"]) for alarm in found.alarms or []] == [("relabelled_incidents", 5, 11.0)]
    assert "Records: PAY-0, PAY-1, PAY-2, PAY-3, PAY-4." in found.warnings[-1]
